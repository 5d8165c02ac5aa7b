//! What the variables of a method are bound to, as far as its syntax tells. Only names with a single binding count, so
//! that shadowing needs no thought.

use std::collections::HashMap;

use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{Expr, Ident, Local, Pat, PatIdent, Path, Stmt};

/// The variables that some statements bind, anywhere in them.
#[derive(Default)]
pub(super) struct Locals<'a> {
    /// By the name without `r#`.
    bindings: HashMap<Ident, Vec<Option<Value<'a>>>>,
}

/// What a `let` gives a variable.
struct Value<'a> {
    expr: &'a Expr,
    /// It is `self` itself by another name, or a reference to a part of it.
    borrows_self: bool,
}

impl<'a> Locals<'a> {
    pub(super) fn of(stmts: &'a [Stmt]) -> Self {
        let mut locals = Self::default();
        for stmt in stmts {
            locals.visit_stmt(stmt);
        }
        locals
    }

    /// The value of a variable that is bound once, by a `let`.
    pub(super) fn only_value_of(&self, path: &Path) -> Option<&'a Expr> {
        self.only_value(path.get_ident()?).map(|value| value.expr)
    }

    /// The variables that borrow from `self`.
    pub(super) fn borrowing(&self) -> Vec<Ident> {
        let borrows = |name: &&Ident| {
            self.only_value(name)
                .is_some_and(|value| value.borrows_self)
        };
        let mut names: Vec<_> = self.bindings.keys().filter(borrows).cloned().collect();
        names.sort();
        names
    }

    fn only_value(&self, name: &Ident) -> Option<&Value<'a>> {
        match self.bindings.get(&name.unraw())?.as_slice() {
            [value] => value.as_ref(),
            _ => None,
        }
    }

    fn borrows_self(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Paren(expr) => self.borrows_self(&expr.expr),
            Expr::Reference(expr) => self.is_part_of_self(&expr.expr),
            Expr::Path(expr) => {
                expr.path.is_ident("self")
                    || expr
                        .path
                        .get_ident()
                        .and_then(|name| self.only_value(name))
                        .is_some_and(|value| value.borrows_self)
            }
            _ => false,
        }
    }

    fn is_part_of_self(&self, place: &Expr) -> bool {
        match place {
            Expr::Paren(place) => self.is_part_of_self(&place.expr),
            Expr::Field(place) => self.is_part_of_self(&place.base),
            Expr::Index(place) => self.is_part_of_self(&place.expr),
            _ => self.borrows_self(place),
        }
    }

    fn bind(&mut self, name: &Ident, value: Option<Value<'a>>) {
        self.bindings.entry(name.unraw()).or_default().push(value);
    }
}

impl<'a> Visit<'a> for Locals<'a> {
    fn visit_local(&mut self, local: &'a Local) {
        if let Some(init) = &local.init {
            self.visit_local_init(init);
        }
        let pat = match &local.pat {
            Pat::Type(typed) => &typed.pat,
            pat => pat,
        };
        match (pat, &local.init) {
            (Pat::Ident(pat), Some(init)) if pat.by_ref.is_none() && pat.subpat.is_none() => {
                let expr = &*init.expr;
                let borrows_self = self.borrows_self(expr);
                self.bind(&pat.ident, Some(Value { expr, borrows_self }));
            }
            (pat, _) => self.visit_pat(pat),
        }
    }

    fn visit_pat_ident(&mut self, pat: &'a PatIdent) {
        self.bind(&pat.ident, None);
        visit::visit_pat_ident(self, pat);
    }
}

#[cfg(test)]
mod tests {
    use syn::Block;

    use super::*;
    use crate::word;

    fn borrowing(body: &str) -> Vec<String> {
        let body: Block = syn::parse_str(body).expect("the sample is a block");
        let names = Locals::of(&body.stmts).borrowing();
        names.iter().map(word::text).collect()
    }

    #[test]
    fn other_names_and_references_to_parts() {
        assert_eq!(
            borrowing("{ let me = self; let x: &File = (me); }"),
            ["me", "x"]
        );
        assert_eq!(
            borrowing("{ let a = &self.b.c[0]; if d { let e = &a.f; } }"),
            ["a", "e"]
        );
    }

    #[test]
    fn through_parentheses_anywhere_in_a_place() {
        assert_eq!(borrowing("{ let a = &(self.b).c; }"), ["a"]);
    }

    #[test]
    fn not_what_is_bound_within_a_value_or_a_pattern() {
        assert_eq!(
            borrowing("{ let a = &self.a; let f = move |a| a; }"),
            [""; 0]
        );
        assert_eq!(
            borrowing("{ let a = &self.a; let b @ Some(a) = c else { return }; }"),
            [""; 0]
        );
        assert_eq!(borrowing("{ let a @ (b, c) = self; }"), [""; 0]);
    }

    #[test]
    fn raw_names_are_the_same() {
        assert_eq!(borrowing("{ let r#a = &self.a; let b = a; }"), ["a", "b"]);
        assert_eq!(borrowing("{ let r#a = &self.a; let a = 1; }"), [""; 0]);
    }

    #[test]
    fn not_copies_nor_names_bound_twice() {
        assert_eq!(
            borrowing("{ let a = self.a.clone(); let b = self.b; let c = &d; }"),
            [""; 0]
        );
        assert_eq!(
            borrowing("{ let a = &self.a; let a = a.clone(); }"),
            [""; 0]
        );
        assert_eq!(
            borrowing("{ let a = &self.a; move || if let Some(a) = b { a } }"),
            [""; 0]
        );
        assert_eq!(borrowing("{ let a = &self.a; move |a| a }"), [""; 0]);
        assert_eq!(borrowing("{ let a = b; let b = a; let c = c; }"), [""; 0]);
    }
}
