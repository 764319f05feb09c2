//! Made-up names.

use quote::quote;

use crate::names::{Words, identifier};

#[test]
fn a_made_up_name_clashes_with_no_word_of_the_input() {
    let mut words = Words::of(&quote!(
        struct A {
            kl: Vec<(M, M2)>,
        }
    ));
    assert_eq!(words.fresh("kl"), "kl2");
    assert_eq!(words.fresh("kl"), "kl3");
    assert_eq!(words.fresh("M"), "M3");
    assert_eq!(words.fresh("At"), "At");
}

#[test]
fn text_becomes_an_identifier_where_it_can() {
    let text = |text| identifier(text, proc_macro2::Span::call_site()).map(|it| it.to_string());
    assert_eq!(text("title"), Some("title".into()));
    assert_eq!(text("type"), Some("r#type".into()));
    assert_eq!(text("GRÖSSE"), Some("GRÖSSE".into()));
    assert_eq!(text(""), None);
    assert_eq!(text("a b"), None);
    assert_eq!(text("1"), None);
    assert_eq!(text("_"), None);
}
