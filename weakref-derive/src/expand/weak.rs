//! `weak!`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, ExprClosure, ReturnType};

use crate::check;
use crate::ctxt::Ctxt;
use crate::krate::Krate;
use crate::model::weak::{Capture, Weak};

/// Expands the macro; mistakes, if there are any, in place of the closure.
pub(crate) fn expression(input: TokenStream) -> TokenStream {
    let weak: Weak = match syn::parse2(input) {
        Ok(weak) => weak,
        Err(error) => return error.to_compile_error(),
    };
    let ctxt = Ctxt::new();
    let closure = check::weak::check(&ctxt, &weak);
    let mistakes = ctxt.into_compile_errors();
    match closure {
        Some(closure) if mistakes.is_empty() => expand(&weak, closure),
        _ => quote!({ #mistakes }),
    }
}

/// `weak!([a, b = c.d] else 0, move |x| a.f(x) + b.g())` expands to:
///
/// ```text
/// {
///     let __weak0 = ::weakref::__private::capture(&a);
///     let __weak1 = ::weakref::__private::capture(&c.d);
///     move |x| {
///         let (Some(a), Some(b)) = (__weak0.upgrade(), __weak1.upgrade()) else { return 0 };
///         a.f(x) + b.g()
///     }
/// }
/// ```
fn expand(weak: &Weak, closure: &ExprClosure) -> TokenStream {
    let site = Span::mixed_site();
    let krate = Krate::from(Some(weak.krate.clone()));
    let captures = weak.captures.iter().filter_map(|capture| match capture {
        Capture::Named { name, value } => Some((name, value)),
        Capture::Unnamed(_) => None,
    });
    let (mut names, mut values, mut weaks) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (name, value)) in captures.enumerate() {
        let place = site.located_at(value.span());
        let krate = krate.at(place);
        names.push(name);
        weaks.push(format_ident!("__weak{index}", span = site));
        // At the user's own tokens, so that a message about the handle stands there.
        let own = value.span();
        let value = operand(value);
        let value = quote_spanned!(own=> &#value);
        values.push(quote_spanned!(place=> #krate::__private::capture(#value)));
    }
    let dead = if let Some(value) = &weak.dead {
        value.to_token_stream()
    } else {
        let place = site.located_at(result_span(closure));
        let krate = krate.at(place);
        quote_spanned!(place=> #krate::__private::nothing())
    };
    let body = statements(&closure.body);
    let mut closure = closure.clone();
    *closure.body = Expr::Verbatim(quote_spanned! {site=>
        {
            let (#(::core::option::Option::Some(#names),)*) = (#(#krate::WeakRef::upgrade(&#weaks),)*) else {
                return #dead;
            };
            #body
        }
    });
    quote_spanned! {site=>
        {
            #(let #weaks = #values;)*
            #closure
        }
    }
}

/// The body without its own braces, which would be one pair too many.
fn statements(body: &Expr) -> TokenStream {
    match body {
        Expr::Block(block) if block.label.is_none() && block.attrs.is_empty() => {
            let statements = &block.block.stmts;
            quote!(#(#statements)*)
        }
        _ => body.to_token_stream(),
    }
}

/// What can stand behind `&`: in parentheses where it must be, else not, which would be a warning.
fn operand(value: &Expr) -> TokenStream {
    match value {
        Expr::Binary(_) | Expr::Range(_) | Expr::Cast(_) => quote!((#value)),
        _ => value.to_token_stream(),
    }
}

/// Where the closure says what it returns.
fn result_span(closure: &ExprClosure) -> Span {
    match &closure.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => closure.body.span(),
    }
}

#[cfg(test)]
#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests;
