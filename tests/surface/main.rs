//! What containers have in common with those of std and of others: small tests of methods and traits, in both flavours
//! where a flavour could differ.
//!
//! And what the sources are held to: the layers of the modules, the ways that `CONTRIBUTING.md` describes, the rows of
//! behaviours that tests are named after.

mod behaviours;
mod burials;
mod entries;
mod flights;
mod hints;
mod interner;
mod layers;
mod made;
mod ordered;
mod pages;
mod room;
mod serialization;
mod single;
mod sources;
mod table;
mod tier;
mod unwilling;
mod ways;
mod whole;
