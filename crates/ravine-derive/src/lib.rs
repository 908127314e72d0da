//! Settings that describe themselves: `#[derive(Described)]` makes of a declaration what the command,
//! the Python package and the page say of it.
//!
//! Of a struct, each field becomes a setting: its name, what its type takes, its documentation, and
//! the values that are allowed, which an attribute `#[range("at least 1")]` names. Of an enum, each
//! variant becomes a choice, under its name in snake case, as serde writes it; one with a field takes
//! what the field's type takes, one with named fields takes them as settings.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Expr, ExprLit, Fields, Ident, Lit, LitStr, Meta};

/// See the crate.
#[proc_macro_derive(Described, attributes(range))]
pub fn described(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    syn::parse(input)
        .and_then(|input| implementation(&input))
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

fn implementation(input: &DeriveInput) -> syn::Result<TokenStream> {
    let takes = match &input.data {
        Data::Struct(data) => {
            let settings = settings(&data.fields)?;
            quote!(Takes::Settings(&[#(#settings),*]))
        }
        Data::Enum(data) => {
            let choices: syn::Result<Vec<_>> = data
                .variants
                .iter()
                .map(|variant| choice(&variant.ident, &variant.attrs, &variant.fields))
                .collect();
            let choices = choices?;
            quote!(Takes::OneOf(&[#(#choices),*]))
        }
        Data::Union(_) => return Err(Error::new_spanned(&input.ident, "settings of a union")),
    };
    let (name, documentation) = (&input.ident, documentation(&input.attrs));
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(syn::parse_quote!(crate::settings::Described));
    }
    let (generics, types, bounds) = generics.split_for_impl();
    Ok(quote! {
        const _: () = {
            use crate::settings::{Choice, Described, Setting, Takes};

            impl #generics Described for #name #types #bounds {
                const TAKES: Takes = #takes;
                const DOCUMENTATION: &'static str = #documentation;
            }
        };
    })
}

/// The fields as settings.
fn settings(fields: &Fields) -> syn::Result<Vec<TokenStream>> {
    fields
        .iter()
        .map(|field| {
            let Some(ident) = &field.ident else {
                return Err(Error::new_spanned(field, "a setting without a name"));
            };
            let (name, takes) = (ident.to_string(), &field.ty);
            let (range, documentation) = (range(&field.attrs)?, documentation(&field.attrs));
            Ok(quote! {
                Setting::new(#name, <#takes as Described>::TAKES, #range, #documentation)
            })
        })
        .collect()
}

fn choice(ident: &Ident, attributes: &[Attribute], fields: &Fields) -> syn::Result<TokenStream> {
    let (name, documentation) = (snake_case(&ident.to_string()), documentation(attributes));
    let takes = match fields {
        Fields::Unit => quote!(None),
        Fields::Unnamed(unnamed) => match unnamed.unnamed.first() {
            Some(field) if unnamed.unnamed.len() == 1 => {
                let takes = &field.ty;
                quote!(Some(<#takes as Described>::TAKES))
            }
            _ => return Err(Error::new_spanned(ident, "a choice with other than one field")),
        },
        Fields::Named(_) => {
            let settings = settings(fields)?;
            quote!(Some(Takes::Settings(&[#(#settings),*])))
        }
    };
    Ok(quote!(Choice::new(#name, #takes, #documentation)))
}

/// The lines of the documentation.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value()),
            _ => None,
        },
        _ => None,
    });
    lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned() + "\n").collect()
}

fn range(attributes: &[Attribute]) -> syn::Result<String> {
    let given = attributes.iter().find(|attribute| attribute.path().is_ident("range"));
    given.map_or(Ok(String::new()), |range| range.parse_args::<LitStr>().map(|s| s.value()))
}

/// As serde's `snake_case`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (i, letter) in name.char_indices() {
        if letter.is_uppercase() && i > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
