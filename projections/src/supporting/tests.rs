use super::*;

#[test]
fn figures_of_another_format_are_refused_with_what_to_do() {
    let bytes = FigureSet::new().to_bytes().unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(r#""format":1"#), "{text}");
    assert_eq!(FigureSet::from_bytes(&bytes).unwrap(), FigureSet::new());
    for format in ["0", "2", "77"] {
        let other = text.replace(r#""format":1"#, &format!(r#""format":{format}"#));
        let error = FigureSet::from_bytes(other.as_bytes()).unwrap_err();
        assert!(matches!(error, FigureSetError::OtherFormat { .. }), "{error:?}");
        assert!(error.to_string().contains(&format!("format {format},")), "{error}");
        assert!(error.to_string().contains("install"), "{error}");
    }
    let without = br#"{"figures":[],"supporting":[]}"#;
    let error = FigureSet::from_bytes(without).unwrap_err();
    assert!(matches!(error, FigureSetError::NoFormat), "{error:?}");
    for bytes in [&b""[..], b"[]", b"<html>", br#"{"format":"1"}"#, br#"{"format":1}"#] {
        let error = FigureSet::from_bytes(bytes).unwrap_err();
        assert!(matches!(error, FigureSetError::Shape(_)), "{error:?}");
    }
}

#[test]
fn a_week_figures_id_is_read_as_it_is_written() {
    for id in ["report:weekly/spend/week/EUR@2026-W44", "report:weekly/meta_leads/week@2026-W44"] {
        assert_eq!(id.parse::<WeekFigureKey>().unwrap().to_string(), id);
    }
    for id in ["report:weekly/spend/week/EUR", "report:weekly/spend@2026-W44", "x@2026-W99", "@"] {
        assert!(id.parse::<WeekFigureKey>().is_err(), "{id}");
    }
}
