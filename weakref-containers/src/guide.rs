//! Guides to the containers; those about objects are in [`weakref::guide`].
//!
//! | to | read |
//! |---|---|
//! | keep what is in use, and make nothing twice; load once for all threads or tasks that ask (single flight); one lock for each key | [`caches`] |
//! | tell others of events without keeping them alive | [`observers`] |
//! | have one object per value | [`interners`] |
//! | remember results for as long as their arguments live | [`memoizing`] |
//! | choose between a shared map and a map behind a `Mutex` | [`sharing`] |
//! | see which method and trait each container has | [`methods`] |

#[doc = include_str!("guide/caches.md")]
pub mod caches {}

#[doc = include_str!("guide/observers.md")]
pub mod observers {}

#[doc = include_str!("guide/interners.md")]
pub mod interners {}

#[doc = include_str!("guide/memoizing.md")]
pub mod memoizing {}

#[doc = include_str!("guide/sharing.md")]
pub mod sharing {}

#[doc = include_str!("guide/methods.md")]
pub mod methods {}
