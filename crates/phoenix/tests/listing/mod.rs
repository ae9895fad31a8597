//! Lists the public items of a crate as Rust without bodies, for a file that is checked in.
//!
//! What is `pub` counts as public: the lint `unreachable_pub` sees to it. Private modules do not show; what they hold is
//! listed with the module they are in. Documentation, private fields and the methods of traits are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::{
    Attribute, Fields, FnArg, GenericArgument, ImplItem, Item, ItemImpl, Pat, PathArguments,
    Signature, Type, Visibility,
};

/// Compares the listing of the crate in `root` with the one checked in there.
pub(crate) fn check(root: &str, name: &str) {
    let root = Path::new(root);
    let file = root.join("public-api.txt");
    let listing = listing(&root.join("src/lib.rs"), name);
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(&file, &listing).expect("it can be written");
    }
    let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
    let package = name.replace('_', "-");
    let difference = first_difference(&checked_in, &listing);
    assert!(
        difference.is_none(),
        "the public API of {name} is not what public-api.txt says: {}\n\
         If that is meant, renew it: {RENEW}=1 cargo test -p {package} --test public_api",
        difference.unwrap_or_default()
    );
}

fn first_difference(checked_in: &str, listing: &str) -> Option<String> {
    let lines = checked_in.lines().count().max(listing.lines().count());
    let mut pairs = (0..lines).map(|line| {
        (
            line,
            checked_in.lines().nth(line),
            listing.lines().nth(line),
        )
    });
    let (line, old, new) = pairs.find(|(_, old, new)| old != new)?;
    let (old, new) = (old.unwrap_or("nothing"), new.unwrap_or("nothing"));
    Some(format!(
        "line {} is\n  {old}\nand would be\n  {new}",
        line + 1
    ))
}

fn listing(lib: &Path, name: &str) -> String {
    let mut modules = BTreeMap::new();
    read(lib, &[name.to_owned()], &mut modules);
    lay_out(modules)
}

/// The public items of modules by path, sorted, so that moving one within its module changes nothing.
pub(crate) fn lay_out(modules: BTreeMap<String, Vec<Item>>) -> String {
    let types = Types::of(modules.values().flatten());
    let mut listing = String::new();
    for (path, items) in modules {
        let mut shown: Vec<String> = items
            .into_iter()
            .filter_map(|item| public(item, &types))
            .map(|item| prettyplease::unparse(&file(item)))
            .collect();
        shown.sort();
        listing += &format!("// {path}\n\n{}\n", shown.concat());
    }
    listing
}

/// The names of the crate's own types.
struct Types {
    public: BTreeSet<String>,
    hidden: BTreeSet<String>,
}

impl Types {
    fn of<'a>(items: impl Iterator<Item = &'a Item>) -> Self {
        let (public, hidden): (Vec<_>, Vec<_>) =
            items.filter_map(type_name).partition(|(_, public)| *public);
        let names = |types: Vec<(String, bool)>| types.into_iter().map(|(name, _)| name).collect();
        Self {
            public: names(public),
            hidden: names(hidden),
        }
    }

    /// Whether others can see the implementation: its type, and what its trait is about.
    fn show(&self, item: &ItemImpl) -> bool {
        let traits = item.trait_.iter().flat_map(|(_, path, _)| &path.segments);
        let mut about = traits.flat_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect(),
            PathArguments::None | PathArguments::Parenthesized(_) => Vec::new(),
        });
        let is_hidden = |argument: &GenericArgument| match argument {
            GenericArgument::Type(of) => {
                last_name(of).is_some_and(|name| self.hidden.contains(&name))
            }
            _ => false,
        };
        last_name(&item.self_ty).is_some_and(|name| self.public.contains(&name))
            && !about.any(is_hidden)
    }
}

/// Collects the items of a file and of the modules that are files beside it.
fn read(path: &Path, module: &[String], modules: &mut BTreeMap<String, Vec<Item>>) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{path:?}: {why}"));
    let parsed = syn::parse_file(&text).unwrap_or_else(|why| panic!("{path:?}: {why}"));
    modules.entry(module.join("::")).or_default();
    for item in parsed.items {
        match &item {
            Item::Mod(inner) if inner.content.is_none() => {
                let mut inside = module.to_vec();
                if is_public(&inner.vis) {
                    inside.push(inner.ident.to_string());
                }
                read(&file_of(path, &inner.ident.to_string()), &inside, modules);
            }
            Item::Mod(inner) if is_public(&inner.vis) => {
                let inside = format!("{}::{}", module.join("::"), inner.ident);
                let (_, items) = inner.content.clone().expect("it has a body");
                modules.entry(inside).or_default().extend(items);
            }
            _ => modules.entry(module.join("::")).or_default().push(item),
        }
    }
}

fn file_of(parent: &Path, module: &str) -> PathBuf {
    let stem = parent.file_stem().and_then(|stem| stem.to_str());
    let beside = match stem {
        Some("lib" | "mod") => parent.with_file_name(""),
        _ => parent.with_extension(""),
    };
    let file = beside.join(format!("{module}.rs"));
    match file.exists() {
        true => file,
        false => beside.join(module).join("mod.rs"),
    }
}

/// The name of a type that the item defines, and whether it is public.
fn type_name(item: &Item) -> Option<(String, bool)> {
    let (vis, name) = match item {
        Item::Struct(item) => (&item.vis, &item.ident),
        Item::Enum(item) => (&item.vis, &item.ident),
        Item::Trait(item) => (&item.vis, &item.ident),
        Item::Type(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    Some((name.to_string(), is_public(vis)))
}

/// The item as others see it; nothing when they do not.
fn public(item: Item, types: &Types) -> Option<Item> {
    match item {
        Item::Struct(mut item) if is_public(&item.vis) => {
            keep_said(&mut item.attrs);
            keep_public(&mut item.fields);
            Some(Item::Struct(item))
        }
        Item::Enum(mut item) if is_public(&item.vis) => {
            keep_said(&mut item.attrs);
            for variant in &mut item.variants {
                keep_said(&mut variant.attrs);
                variant
                    .fields
                    .iter_mut()
                    .for_each(|field| keep_said(&mut field.attrs));
            }
            Some(Item::Enum(item))
        }
        Item::Fn(mut item) if is_public(&item.vis) => {
            keep_said(&mut item.attrs);
            item.block.stmts.clear();
            keep_promised(&mut item.sig);
            Some(Item::Fn(item))
        }
        Item::Const(mut item) if is_public(&item.vis) => {
            keep_said(&mut item.attrs);
            Some(Item::Const(item))
        }
        Item::Type(mut item) if is_public(&item.vis) => {
            keep_said(&mut item.attrs);
            Some(Item::Type(item))
        }
        Item::Use(mut item) if is_public(&item.vis) => {
            keep_said(&mut item.attrs);
            Some(Item::Use(item))
        }
        Item::Impl(mut item) => {
            keep_said(&mut item.attrs);
            let of_trait = item.trait_.is_some();
            item.items.retain_mut(|inner| is_shown(inner, of_trait));
            let shown = of_trait || !item.items.is_empty();
            (shown && types.show(&item)).then_some(Item::Impl(item))
        }
        Item::Macro(_) => panic!("a macro may make public items: teach the listing"),
        Item::Static(syn::ItemStatic { vis, .. })
        | Item::Trait(syn::ItemTrait { vis, .. })
        | Item::Union(syn::ItemUnion { vis, .. })
            if is_public(&vis) =>
        {
            panic!("a public item of a kind that these crates did not have: teach the listing")
        }
        _ => None,
    }
}

fn is_shown(item: &mut ImplItem, of_trait: bool) -> bool {
    match item {
        ImplItem::Fn(method) => {
            keep_said(&mut method.attrs);
            method.block.stmts.clear();
            keep_promised(&mut method.sig);
            is_public(&method.vis)
        }
        ImplItem::Const(constant) => {
            keep_said(&mut constant.attrs);
            of_trait || is_public(&constant.vis)
        }
        ImplItem::Type(_) => true,
        _ => false,
    }
}

/// A parameter that is `mut` is so for the body only.
fn keep_promised(signature: &mut Signature) {
    for parameter in &mut signature.inputs {
        if let FnArg::Typed(parameter) = parameter
            && let Pat::Ident(name) = &mut *parameter.pat
        {
            name.mutability = None;
        }
    }
}

fn keep_public(fields: &mut Fields) {
    match fields {
        Fields::Named(named) => {
            let fields = std::mem::take(&mut named.named).into_iter();
            named.named = fields.filter(|field| is_public(&field.vis)).collect();
        }
        Fields::Unnamed(unnamed) => {
            for field in unnamed
                .unnamed
                .iter_mut()
                .filter(|field| !is_public(&field.vis))
            {
                field.vis = Visibility::Inherited;
                field.ty = syn::parse_quote!(_);
            }
        }
        Fields::Unit => {}
    }
    fields
        .iter_mut()
        .for_each(|field| keep_said(&mut field.attrs));
}

/// Keeps the attributes that others notice.
fn keep_said(attributes: &mut Vec<Attribute>) {
    let noticed = [
        "derive",
        "must_use",
        "non_exhaustive",
        "serde",
        "deprecated",
        "default",
    ];
    attributes.retain(|attribute| noticed.iter().any(|name| attribute.path().is_ident(name)));
}

fn last_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        Type::Reference(reference) => last_name(&reference.elem),
        _ => None,
    }
}

fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

fn file(item: Item) -> syn::File {
    syn::File {
        shebang: None,
        attrs: Vec::new(),
        items: vec![item],
    }
}

const RENEW: &str = "RENEW_PUBLIC_API";
