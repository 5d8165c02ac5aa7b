//! Finds the mutants of a file.

use std::collections::HashMap;
use std::ops::Range;

use proc_macro2::{LineColumn, Span, TokenStream};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, BinOp, Block, Expr, ImplItem, Item, Lit, Pat, ReturnType, Stmt, TraitItem, Type,
    UnOp,
};

use super::{Edit, Functions, Kind, Mutant};

/// Adds the mutants of `text` to `all`; returns where they stand.
pub(super) fn all(file: &str, text: &str, all: &mut Vec<Mutant>) -> (Vec<Edit>, Functions) {
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut finder = Finder {
        file,
        text,
        all,
        edits: Vec::new(),
        functions: Vec::new(),
        path: Vec::new(),
        seen: HashMap::new(),
    };
    finder.visit_file(&parsed);
    (finder.edits, finder.functions)
}

struct Finder<'a> {
    file: &'a str,
    text: &'a str,
    all: &'a mut Vec<Mutant>,
    edits: Vec<Edit>,
    functions: Functions,
    path: Vec<String>,
    seen: HashMap<String, usize>,
}

impl Finder<'_> {
    fn add(
        &mut self,
        range: Range<usize>,
        kind: Kind,
        start: LineColumn,
        from: &str,
        to: &str,
        text: String,
    ) {
        let mut mutant = Mutant {
            file: self.file.into(),
            line: start.line,
            function: self.path.join("::"),
            from: brief(from),
            to: brief(to),
            nth: 1,
        };
        let nth = self.seen.entry(mutant.key()).or_insert(0);
        *nth += 1;
        mutant.nth = *nth;
        let number = self.all.len() + 1;
        self.all.push(mutant);
        match self
            .edits
            .iter_mut()
            .find(|edit| edit.range == range && edit.kind == kind && kind == Kind::Choice)
        {
            Some(edit) => edit.instead.push((number, text)),
            None => self.edits.push(Edit {
                range,
                kind,
                instead: vec![(number, text)],
            }),
        }
    }

    fn choice(&mut self, span: Span, to: &str) {
        let from = self.text[span.byte_range()].to_owned();
        if from != to
            && !self.edits.iter().any(|edit| {
                edit.range == span.byte_range() && edit.instead.iter().any(|(_, text)| text == to)
            })
        {
            self.add(
                span.byte_range(),
                Kind::Choice,
                span.start(),
                &from,
                to,
                to.to_owned(),
            );
        }
    }

    fn condition(&mut self, condition: &Expr) {
        if !holds_let(condition) && !is_of_models(condition) {
            self.choice(condition.span(), "true");
            self.choice(condition.span(), "false");
        }
    }

    fn function(
        &mut self,
        name: String,
        signature: &syn::Signature,
        block: &Block,
        visit: impl FnOnce(&mut Self),
    ) {
        if signature.constness.is_some() {
            return;
        }
        self.path.push(name);
        let first = self.all.len() + 1;
        let body = block.brace_token.span.join().byte_range();
        let text = self.text[body.start + 1..body.end - 1].trim().to_owned();
        if !text.is_empty() {
            for &value in values(&signature.output) {
                if value != text {
                    let start = block.brace_token.span.open().start();
                    self.add(
                        body.start + 1..body.start + 1,
                        Kind::Entry,
                        start,
                        "body",
                        value,
                        value.to_owned(),
                    );
                }
            }
        }
        visit(self);
        let whole = signature.span().byte_range().start..body.end;
        self.functions
            .push((whole, (first..=self.all.len()).collect()));
        self.path.pop();
    }

    fn within(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.path.push(name);
        visit(self);
        self.path.pop();
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (Item::Fn(syn::ItemFn { attrs, .. })
        | Item::Impl(syn::ItemImpl { attrs, .. })
        | Item::Mod(syn::ItemMod { attrs, .. })
        | Item::Trait(syn::ItemTrait { attrs, .. })) = item
        else {
            return; // Constants, types, macros.
        };
        if attrs.iter().any(is_off) {
            return;
        }
        match item {
            Item::Fn(item) => self.function(
                item.sig.ident.to_string(),
                &item.sig,
                &item.block,
                |finder| finder.visit_block(&item.block),
            ),
            Item::Impl(item) => {
                let name = match &item.trait_ {
                    Some((path, _)) => path
                        .segments
                        .last()
                        .map_or(String::new(), |last| format!(" as {}", last.ident)),
                    None => String::new(),
                };
                self.within(format!("{}{name}", named(&item.self_ty)), |finder| {
                    visit::visit_item_impl(finder, item);
                });
            }
            Item::Trait(item) => self.within(item.ident.to_string(), |finder| {
                visit::visit_item_trait(finder, item);
            }),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if let ImplItem::Fn(item) = item
            && !item.attrs.iter().any(is_off)
        {
            self.function(
                item.sig.ident.to_string(),
                &item.sig,
                &item.block,
                |finder| finder.visit_block(&item.block),
            );
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        if let TraitItem::Fn(item) = item
            && let Some(block) = &item.default
            && !item.attrs.iter().any(is_off)
        {
            self.function(item.sig.ident.to_string(), &item.sig, block, |finder| {
                finder.visit_block(block);
            });
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Stmt::Expr(expression, semicolon) = statement {
            // As the last one of a block it may be its value, and then the compiler refuses.
            let is_block = matches!(
                expression,
                Expr::If(_)
                    | Expr::Match(_)
                    | Expr::While(_)
                    | Expr::ForLoop(_)
                    | Expr::Loop(_)
                    | Expr::Unsafe(_)
                    | Expr::Block(_)
            );
            let deletable = semicolon.is_some() || is_block;
            if attributes(expression).iter().any(is_off) {
                return;
            }
            if deletable && attributes(expression).is_empty() && !is_of_models(expression) {
                let range = statement.span().byte_range();
                let from = self.text[range.clone()].to_owned();
                self.add(
                    range,
                    Kind::Statement,
                    statement.span().start(),
                    &from,
                    "nothing",
                    String::new(),
                );
            }
        }
        if let Stmt::Local(local) = statement
            && local.attrs.iter().any(is_off)
        {
            return;
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        match expression {
            Expr::If(each) => {
                self.condition(&each.cond);
                self.visit_expr(&each.cond);
                if !is_of_models(&each.cond) {
                    self.visit_block(&each.then_branch);
                }
                if let Some((_, otherwise)) = &each.else_branch {
                    self.visit_expr(otherwise);
                }
                return;
            }
            Expr::While(each) => self.condition(&each.cond),
            Expr::Let(each) => return self.visit_expr(&each.expr),
            Expr::Binary(each) if !holds_let(expression) && !is_of_models(expression) => {
                let (left, right) = (
                    each.left.span().byte_range(),
                    each.right.span().byte_range(),
                );
                let operator = &self.text[each.op.span().byte_range()];
                let between = each.op.span().byte_range();
                for other in others(&each.op) {
                    // Spaces and comments around the operator stay.
                    let text = format!(
                        "{}{other}{}",
                        &self.text[left.start..between.start],
                        &self.text[between.end..right.end]
                    );
                    let from = format!(
                        "{} {operator} {}",
                        &self.text[left.clone()],
                        &self.text[right.clone()]
                    );
                    self.add(
                        expression.span().byte_range(),
                        Kind::Choice,
                        each.op.span().start(),
                        &from,
                        other,
                        text,
                    );
                }
            }
            Expr::Unary(each)
                if matches!(each.op, UnOp::Not(_) | UnOp::Neg(_)) && !is_of_models(expression) =>
            {
                let to = self.text[each.expr.span().byte_range()].to_owned();
                self.choice(expression.span(), &to);
            }
            Expr::Lit(each) => {
                if let Lit::Int(number) = &each.lit
                    && let Ok(value) = number.base10_parse::<u128>()
                {
                    self.choice(
                        expression.span(),
                        &format!("{}{}", value + 1, number.suffix()),
                    );
                }
            }
            Expr::Match(each) => {
                let last = each
                    .arms
                    .last()
                    .is_some_and(|arm| matches!(arm.pat, Pat::Wild(_) | Pat::Ident(_)));
                for arm in &each.arms {
                    if let Pat::Guard(each) = &arm.pat {
                        self.condition(&each.guard);
                    } else if last && !matches!(arm.pat, Pat::Wild(_) | Pat::Ident(_)) {
                        let span = arm.pat.span();
                        let from = self.text[span.byte_range()].to_owned();
                        let end = span.byte_range().end;
                        self.add(
                            end..end,
                            Kind::Arm,
                            span.start(),
                            &from,
                            "no arm",
                            String::new(),
                        );
                    }
                }
            }
            Expr::Repeat(each) => return self.visit_expr(&each.expr), // Its length is a constant.
            Expr::Const(_) => return,
            Expr::MethodCall(each) if is_of_models(&each.receiver) => return,
            _ => {}
        }
        visit::visit_expr(self, expression);
    }

    fn visit_pat(&mut self, pattern: &'ast Pat) {
        if let Pat::Guard(each) = pattern {
            self.visit_expr(&each.guard);
        }
    }

    fn visit_type(&mut self, _: &'ast Type) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
    fn visit_generic_argument(&mut self, _: &'ast syn::GenericArgument) {}
    fn visit_macro(&mut self, _: &'ast syn::Macro) {}
}

/// What a body may be replaced by.
fn values(output: &ReturnType) -> &'static [&'static str] {
    let ReturnType::Type(_, of) = output else {
        return &["()"];
    };
    match &**of {
        Type::Tuple(tuple) if tuple.elems.is_empty() => &["()"],
        Type::Never(_) | Type::Reference(_) | Type::Ptr(_) | Type::ImplTrait(_) => &[],
        Type::Path(path) => match path
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .as_deref()
        {
            Some("bool") => &["true", "false"],
            Some("u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i32" | "i64" | "isize") => {
                &["0", "1"]
            }
            Some("Option") => &["None"],
            _ => &["Default::default()"],
        },
        _ => &["Default::default()"],
    }
}

/// What stands for an operator. `^` never stands for `|` or `&`: of bits that are never set together it is the same.
fn others(operator: &BinOp) -> &'static [&'static str] {
    match operator {
        BinOp::Add(_) => &["-", "*"],
        BinOp::Sub(_) | BinOp::Mul(_) => &["+", "/"],
        BinOp::Div(_) => &["%", "*"],
        BinOp::Rem(_) => &["/", "+"],
        BinOp::And(_) => &["||"],
        BinOp::Or(_) => &["&&"],
        BinOp::BitAnd(_) => &["|"],
        BinOp::BitOr(_) => &["&"],
        BinOp::BitXor(_) => &["|", "&"],
        BinOp::Shl(_) => &[">>"],
        BinOp::Shr(_) => &["<<"],
        BinOp::Eq(_) => &["!="],
        BinOp::Ne(_) => &["=="],
        BinOp::Lt(_) => &["==", "<=", ">"],
        BinOp::Le(_) => &["<", ">"],
        BinOp::Gt(_) => &["==", ">=", "<"],
        BinOp::Ge(_) => &[">", "<"],
        BinOp::AddAssign(_) => &["-="],
        BinOp::SubAssign(_) | BinOp::MulAssign(_) => &["+="],
        BinOp::BitAndAssign(_) => &["|="],
        BinOp::BitOrAssign(_) => &["&="],
        BinOp::ShlAssign(_) => &[">>="],
        BinOp::ShrAssign(_) => &["<<="],
        _ => &[],
    }
}

fn attributes(expression: &Expr) -> &[Attribute] {
    match expression {
        Expr::Block(each) => &each.attrs,
        Expr::Call(each) => &each.attrs,
        Expr::If(each) => &each.attrs,
        Expr::Match(each) => &each.attrs,
        Expr::MethodCall(each) => &each.attrs,
        Expr::Unsafe(each) => &each.attrs,
        _ => &[],
    }
}

/// Whether this compiles neither the tests of the code itself nor what these builds leave out.
fn is_off(attribute: &Attribute) -> bool {
    if !attribute.path().is_ident("cfg") {
        return false;
    }
    let Ok(list) = attribute.meta.require_list() else {
        return false;
    };
    // What stands under no `not`.
    let condition = list.tokens.to_string();
    let mut pieces = condition.split("not (");
    let mut positive = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        positive.push_str(piece.split_once(')').map_or("", |(_, rest)| rest));
    }
    let off = [
        "loom",
        "shuttle",
        "leak-trace",
        "tracing",
        "windows",
        "wasi",
        "wasm",
    ];
    let is_test = positive.contains("test") && !positive.contains("any (test");
    is_test || off.iter().any(|word| positive.contains(word))
}

fn holds_let(expression: &Expr) -> bool {
    struct Holds(bool);
    impl<'ast> Visit<'ast> for Holds {
        fn visit_expr_let(&mut self, _: &'ast syn::ExprLet) {
            self.0 = true;
        }
        fn visit_block(&mut self, _: &'ast Block) {}
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_expr_match(&mut self, _: &'ast syn::ExprMatch) {}
    }
    let mut holds = Holds(false);
    holds.visit_expr(expression);
    holds.0
}

/// Whether it asks for a mistake that models put in, or for a model, always false in these builds; or tells of an event,
/// which does nothing in them.
fn is_of_models(expression: &Expr) -> bool {
    struct Asks(bool);
    impl<'ast> Visit<'ast> for Asks {
        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            if let Expr::Path(path) = &*call.func {
                let mut names = path.path.segments.iter().map(|part| &part.ident);
                self.0 |= names.any(|name| name == "seeded" || name == "events");
            }
            visit::visit_expr_call(self, call);
        }
        fn visit_macro(&mut self, call: &'ast syn::Macro) {
            let tokens: &TokenStream = &call.tokens;
            self.0 |= call.path.is_ident("cfg")
                && ["loom", "shuttle"]
                    .iter()
                    .any(|word| tokens.to_string().contains(word));
        }
        fn visit_block(&mut self, _: &'ast Block) {}
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    }
    let mut asks = Asks(false);
    asks.visit_expr(expression);
    asks.0
}

fn named(of: &Type) -> String {
    match of {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map_or(String::new(), |last| last.ident.to_string()),
        Type::Reference(reference) => format!("&{}", named(&reference.elem)),
        Type::Slice(_) => "[]".into(),
        _ => "_".into(),
    }
}

/// On one line, and not too long: both ends of it.
fn brief(text: &str) -> String {
    let line = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" | ", " or ");
    let letters: Vec<char> = line.chars().collect();
    if letters.len() <= 100 {
        return line;
    }
    let ends =
        [&letters[..60], &letters[letters.len() - 35..]].map(|end| end.iter().collect::<String>());
    ends.join(" ... ")
}
