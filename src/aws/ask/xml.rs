//! Answers in XML, by path: lists of elements with some fields of text.

use std::collections::BTreeMap;

use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};

/// The fields of one element that were asked for and are there.
pub(in crate::aws) type Row = BTreeMap<&'static str, String>;

/// Every element at a path below the root; `None` if it is no XML of this shape.
pub(in crate::aws) fn rows(
    body: &[u8],
    path: &[&str],
    fields: &[&'static str],
) -> Option<Vec<Row>> {
    let mut document = Document::try_from(body).ok()?;
    let mut root = document.root_element().ok()?;
    let mut rows = Vec::new();
    collect(&mut root, path, fields, &mut rows)?;
    Some(rows)
}

fn collect(
    scope: &mut ScopedDecoder<'_, '_>,
    path: &[&str],
    fields: &[&'static str],
    rows: &mut Vec<Row>,
) -> Option<()> {
    let Some((next, rest)) = path.split_first() else {
        rows.push(row(scope, fields)?);
        return Some(());
    };
    while let Some(mut tag) = scope.next_tag() {
        if tag.start_el().matches(next) {
            collect(&mut tag, rest, fields, rows)?;
        }
    }
    Some(())
}

fn row(scope: &mut ScopedDecoder<'_, '_>, fields: &[&'static str]) -> Option<Row> {
    let mut row = Row::new();
    while let Some(mut tag) = scope.next_tag() {
        let field = fields.iter().find(|field| tag.start_el().matches(field));
        if let Some(field) = field {
            row.insert(field, try_data(&mut tag).ok()?.into_owned());
        }
    }
    Some(row)
}
