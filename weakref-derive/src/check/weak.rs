//! What `weak!` refuses.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Error, Expr, ExprAsync, ExprClosure, Ident, PatIdent, Stmt, Token};

use super::uses::use_of_variable;
use crate::ctxt::Ctxt;
use crate::model::weak::{Capture, Weak};
use crate::word;

/// All rules. Gives the closure, if it is one.
pub(crate) fn check<'a>(ctxt: &Ctxt, weak: &'a Weak) -> Option<&'a ExprClosure> {
    captures_something(ctxt, weak);
    every_capture_has_a_name(ctxt, weak);
    value_owns_no_object(ctxt, weak);
    let closure = is_a_closure(ctxt, &weak.closure)?;
    is_move(ctxt, closure);
    is_not_async(ctxt, weak, closure);
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
            Capture::Named { name, .. } if names.iter().any(|other| word::is_same(other, name)) => {
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

/// In the value, a captured name would mean the variable outside.
fn value_owns_no_object(ctxt: &Ctxt, weak: &Weak) {
    let Some(value) = &weak.dead else {
        return;
    };
    for name in names(weak) {
        if let Some(place) = use_of_variable(value, name) {
            let message = format!(
                "this `{name}` is the variable outside, which the closure would own; write a value without it"
            );
            ctxt.push(Error::new(place, message));
        }
    }
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

fn is_not_async(ctxt: &Ctxt, weak: &Weak, closure: &ExprClosure) {
    let returned = returned_future(&closure.body).map(|block| block.async_token);
    let first = closure.asyncness.or(returned).or_else(|| {
        let mut futures = Futures { weak, first: None };
        futures.visit_expr(&closure.body);
        futures.first
    });
    if let Some(place) = first {
        ctxt.error(place, HOLDS_ACROSS_AWAITS);
    }
}

/// The first `async` inside the closure that takes an object along.
struct Futures<'a> {
    weak: &'a Weak,
    first: Option<Token![async]>,
}

impl Futures<'_> {
    fn note(&mut self, place: Token![async], body: &impl ToTokens) {
        let mut names = names(self.weak);
        if names.any(|name| use_of_variable(body, name).is_some()) {
            self.first = self.first.or(Some(place));
        }
    }
}

impl<'a> Visit<'a> for Futures<'_> {
    fn visit_expr_async(&mut self, future: &'a ExprAsync) {
        self.note(future.async_token, &future.block);
        visit::visit_expr_async(self, future);
    }

    fn visit_expr_closure(&mut self, closure: &'a ExprClosure) {
        if let Some(place) = closure.asyncness {
            self.note(place, &closure.body);
        }
        visit::visit_expr_closure(self, closure);
    }
}

/// The async block in the place of the closure's result.
fn returned_future(body: &Expr) -> Option<&ExprAsync> {
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
    for name in names(weak) {
        if let Some(parameter) = parameters
            .0
            .iter()
            .find(|parameter| word::is_same(parameter, name))
        {
            ctxt.error(
                parameter.to_token_stream(),
                format!("the captured `{name}` would hide this parameter; rename one of the two"),
            );
        }
    }
}

/// What the objects are called in the closure.
fn names(weak: &Weak) -> impl Iterator<Item = &Ident> {
    weak.captures.iter().filter_map(|capture| match capture {
        Capture::Named { name, .. } => Some(name),
        Capture::Unnamed(_) => None,
    })
}
