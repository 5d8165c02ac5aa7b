//! Finds the closures that a method returns, as far as its syntax tells: in tail position and behind `return`, through
//! blocks, branches, calls with one argument, and a variable that is bound once. Closures that are used on the way are
//! none of them; nor is one of several arguments, which the call may use: if it returns it, the types refuse a borrow.

use syn::visit::{self, Visit};
use syn::{Expr, ExprClosure, ExprReturn, Item, Stmt};

use super::locals::Locals;

/// The closures that a method with these statements returns.
pub(super) fn returned_closures<'a>(body: &'a [Stmt], locals: &Locals<'a>) -> Vec<&'a ExprClosure> {
    let mut search = Search {
        locals,
        found: Vec::new(),
    };
    for stmt in body {
        search.visit_stmt(stmt);
    }
    search.block(body);
    search.found
}

struct Search<'a, 'l> {
    locals: &'l Locals<'a>,
    found: Vec<&'a ExprClosure>,
}

impl<'a> Search<'a, '_> {
    fn block(&mut self, stmts: &'a [Stmt]) {
        if let Some(Stmt::Expr(tail, None)) = stmts.last() {
            self.tail(tail);
        }
    }

    fn tail(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Closure(closure) => self.found.push(closure),
            Expr::Block(expr) => self.block(&expr.block.stmts),
            Expr::Unsafe(expr) => self.block(&expr.block.stmts),
            Expr::Paren(expr) => self.tail(&expr.expr),
            Expr::Group(expr) => self.tail(&expr.expr),
            Expr::Cast(expr) => self.tail(&expr.expr),
            Expr::Call(expr) if expr.args.len() == 1 => self.tail(&expr.args[0]),
            Expr::Match(expr) => expr.arms.iter().for_each(|arm| self.tail(&arm.body)),
            Expr::If(expr) => {
                self.block(&expr.then_branch.stmts);
                if let Some((_, otherwise)) = &expr.else_branch {
                    self.tail(otherwise);
                }
            }
            Expr::Path(expr) => {
                if let Some(Expr::Closure(closure)) = self.locals.only_value_of(&expr.path) {
                    self.found.push(closure);
                }
            }
            _ => {}
        }
    }
}

impl<'a> Visit<'a> for Search<'a, '_> {
    fn visit_expr_return(&mut self, expr: &'a ExprReturn) {
        if let Some(value) = &expr.expr {
            self.tail(value);
        }
        visit::visit_expr_return(self, expr);
    }

    fn visit_expr_closure(&mut self, _: &'a ExprClosure) {
        // A `return` in it is its own.
    }

    fn visit_item(&mut self, _: &'a Item) {
        // As above.
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group};
    use quote::{ToTokens as _, quote};
    use syn::{Block, parse_quote};

    use super::*;

    fn returned(body: &str) -> Vec<String> {
        let body: Block = syn::parse_str(body).expect("the sample is a block");
        let locals = Locals::of(&body.stmts);
        let closures = returned_closures(&body.stmts, &locals);
        closures
            .iter()
            .map(|closure| closure.body.to_token_stream().to_string())
            .collect()
    }

    #[test]
    fn in_tail_position_through_blocks_branches_and_calls() {
        assert_eq!(returned("{ move || 1 }"), ["1"]);
        assert_eq!(returned("{ let a = || 0; { (|| 1) } }"), ["1"]);
        assert_eq!(
            returned("{ if a { || 1 } else if b { || 2 } else { || 3 } }"),
            ["1", "2", "3"]
        );
        assert_eq!(
            returned("{ match a { 0 => || 1, _ => { || 2 } } }"),
            ["1", "2"]
        );
        assert_eq!(returned("{ unsafe { || 1 } }"), ["1"]);
        assert_eq!(
            returned("{ Box::new(move || 1) as Box<dyn FnOnce() -> u8> }"),
            ["1"]
        );
    }

    #[test]
    fn in_what_a_macro_was_given() {
        let closure = Group::new(Delimiter::None, quote!(|| 1));
        let body: Block = parse_quote!({ #closure });
        let locals = Locals::of(&body.stmts);
        assert_eq!(returned_closures(&body.stmts, &locals).len(), 1);
    }

    #[test]
    fn behind_return() {
        assert_eq!(returned("{ if a { return || 1; } || 2 }"), ["1", "2"]);
        assert_eq!(returned("{ return a.or(return || 1); }"), ["1"]);
        assert_eq!(
            returned("{ match a { None => return |a, b| 1, Some(_) => {} } || 2 }"),
            ["1", "2"]
        );
    }

    #[test]
    fn in_a_variable_that_is_bound_once() {
        assert_eq!(returned("{ let a = move || 1; a }"), ["1"]);
        assert_eq!(returned("{ let a = || 1; let a = f(a); a }"), [""; 0]);
    }

    #[test]
    fn not_those_used_on_the_way() {
        assert_eq!(
            returned("{ let n = self.items.iter().map(|x| self.f(x)).sum(); move || n }"),
            ["n"]
        );
        assert_eq!(
            returned("{ self.items.iter().map(|x| self.f(x)).fold(a, b) }"),
            [""; 0]
        );
        assert_eq!(returned("{ each(|x| self.f(x)); action }"), [""; 0]);
        assert_eq!(returned("{ map_or(a, 0, |x| self.f(x)) }"), [""; 0]);
        assert_eq!(returned("{ action(map_or(a, 0, |x| self.f(x))) }"), [""; 0]);
        assert_eq!(returned("{ boxed(Some(|| 1)) }"), ["1"]);
    }
}
