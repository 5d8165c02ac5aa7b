//! Finds the closures that a method returns, as far as its syntax tells: in tail position and behind `return`, through
//! blocks, branches and the arguments of calls. Closures that are used on the way are none of them.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, ExprClosure, Stmt};

/// The closures that a method with these statements returns.
pub(super) fn returned_closures(body: &[Stmt]) -> Vec<ExprClosure> {
    let mut found = Vec::new();
    in_returns(quote!(#(#body)*), &mut found);
    in_block(body, &mut found);
    found
}

fn in_block(stmts: &[Stmt], found: &mut Vec<ExprClosure>) {
    if let Some(Stmt::Expr(tail, None)) = stmts.last() {
        in_tail(tail, found);
    }
}

fn in_tail(expr: &Expr, found: &mut Vec<ExprClosure>) {
    match expr {
        Expr::Closure(closure) => found.push(closure.clone()),
        Expr::Block(expr) => in_block(&expr.block.stmts, found),
        Expr::Unsafe(expr) => in_block(&expr.block.stmts, found),
        Expr::Paren(expr) => in_tail(&expr.expr, found),
        Expr::Group(expr) => in_tail(&expr.expr, found),
        Expr::Cast(expr) => in_tail(&expr.expr, found),
        Expr::If(expr) => {
            in_block(&expr.then_branch.stmts, found);
            if let Some((_, otherwise)) = &expr.else_branch {
                in_tail(otherwise, found);
            }
        }
        Expr::Match(expr) => expr.arms.iter().for_each(|arm| in_tail(&arm.body, found)),
        Expr::Call(expr) => expr
            .args
            .iter()
            .for_each(|argument| in_tail(argument, found)),
        _ => {}
    }
}

/// `return` may stand anywhere in an expression, so it is looked for among the tokens.
fn in_returns(tokens: TokenStream, found: &mut Vec<ExprClosure>) {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "return" => {
                if let Some(value) = leading_expression(tokens.clone().collect()) {
                    in_tail(&value, found);
                }
            }
            TokenTree::Group(group) => in_returns(group.stream(), found),
            _ => {}
        }
    }
}

fn leading_expression(tokens: TokenStream) -> Option<Expr> {
    let parser = |input: ParseStream<'_>| {
        let value = input.parse()?;
        let _rest: TokenStream = input.parse()?;
        Ok(value)
    };
    parser.parse2(tokens).ok()
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use syn::Block;

    use super::*;

    fn returned(body: &str) -> Vec<String> {
        let body: Block = syn::parse_str(body).expect("the sample is a block");
        let closures = returned_closures(&body.stmts);
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
        assert_eq!(
            returned("{ Box::new(move || 1) as Box<dyn FnOnce() -> u8> }"),
            ["1"]
        );
    }

    #[test]
    fn behind_return() {
        assert_eq!(returned("{ if a { return || 1; } || 2 }"), ["1", "2"]);
        assert_eq!(
            returned("{ match a { None => return |a, b| 1, Some(_) => {} } || 2 }"),
            ["1", "2"]
        );
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
    }
}
