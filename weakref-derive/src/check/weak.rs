//! What `weak!` refuses.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{Error, Expr, ExprClosure, Ident, PatIdent, Stmt};

use crate::ctxt::Ctxt;
use crate::model::weak::{Capture, Weak};

/// All rules. Gives the closure, if it is one.
pub(crate) fn check<'a>(ctxt: &Ctxt, weak: &'a Weak) -> Option<&'a ExprClosure> {
    captures_something(ctxt, weak);
    every_capture_has_a_name(ctxt, weak);
    let closure = is_a_closure(ctxt, &weak.closure)?;
    is_move(ctxt, closure);
    is_not_async(ctxt, closure);
    parameters_have_other_names(ctxt, weak, closure);
    Some(closure)
}

fn captures_something(ctxt: &Ctxt, weak: &Weak) {
    if weak.captures.is_empty() {
        let message =
            "nothing is captured weakly; name an object, or write the closure without `weak!`";
        ctxt.push(Error::new(weak.list.span.join(), message));
    }
}

fn every_capture_has_a_name(ctxt: &Ctxt, weak: &Weak) {
    let mut names: Vec<&Ident> = Vec::new();
    for capture in &weak.captures {
        match capture {
            Capture::Unnamed(tokens) => unnamed(ctxt, tokens),
            Capture::Named { name, .. } if names.contains(&name) => {
                let message =
                    format!("`{name}` is captured twice; give one of the two another name");
                ctxt.push(Error::new(name.span(), message));
            }
            Capture::Named { name, .. } => names.push(name),
        }
    }
}

fn unnamed(ctxt: &Ctxt, tokens: &TokenStream) {
    let text = tokens.to_string();
    let message = if text == "self" {
        "`self` in the closure would be the whole capture; give it a name, as in `[this = self]`"
    } else {
        "this needs a name in the closure; give it one, as in `[name = expression]`"
    };
    ctxt.error(tokens, message);
}

fn is_a_closure<'a>(ctxt: &Ctxt, value: &'a Expr) -> Option<&'a ExprClosure> {
    match value {
        Expr::Closure(closure) => return Some(closure),
        Expr::Async(block) => ctxt.error(block.async_token, HOLDS_ACROSS_AWAITS),
        other => ctxt.error(
            other,
            "only a closure has captures; write it out here, as in `weak!([object], move || …)`",
        ),
    }
    None
}

const HOLDS_ACROSS_AWAITS: &str = "a future would hold the object across every await, which is no weak capture; \
                                   capture a `WeakRef` and upgrade it in the future, between two awaits";

fn is_move(ctxt: &Ctxt, closure: &ExprClosure) {
    if closure.capture.is_none() {
        let place = closure.to_token_stream().into_iter().next();
        ctxt.error(
            place,
            "a closure owns its weak references, so it must be `move`; write `move |…| …`",
        );
    }
}

fn is_not_async(ctxt: &Ctxt, closure: &ExprClosure) {
    if let Some(asyncness) = &closure.asyncness {
        ctxt.error(asyncness, HOLDS_ACROSS_AWAITS);
    } else if let Some(block) = returned_future(&closure.body) {
        ctxt.error(block.async_token, HOLDS_ACROSS_AWAITS);
    }
}

/// The async block in the place of the closure's result.
fn returned_future(body: &Expr) -> Option<&syn::ExprAsync> {
    match body {
        Expr::Async(block) => Some(block),
        Expr::Block(block) => match block.block.stmts.last()? {
            Stmt::Expr(last, None) => returned_future(last),
            _ => None,
        },
        Expr::Paren(inner) => returned_future(&inner.expr),
        Expr::Group(inner) => returned_future(&inner.expr),
        _ => None,
    }
}

/// The object would hide the parameter.
fn parameters_have_other_names(ctxt: &Ctxt, weak: &Weak, closure: &ExprClosure) {
    struct Names<'a>(Vec<&'a Ident>);
    impl<'a> Visit<'a> for Names<'a> {
        fn visit_pat_ident(&mut self, pattern: &'a PatIdent) {
            self.0.push(&pattern.ident);
            visit::visit_pat_ident(self, pattern);
        }
    }
    let mut parameters = Names(Vec::new());
    for input in &closure.inputs {
        parameters.visit_pat(input);
    }
    for capture in &weak.captures {
        let Capture::Named { name, .. } = capture else {
            continue;
        };
        if let Some(parameter) = parameters.0.iter().find(|parameter| **parameter == name) {
            ctxt.error(
                parameter.to_token_stream(),
                format!("the captured `{name}` would hide this parameter; rename one of the two"),
            );
        }
    }
}
