//! What mail readers need of the HTML part, and a terminal of the text part.

use scraper::{ElementRef, Html, Selector};
use weekledger_projections::figure::Level;

use super::worlds;

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().trim().to_owned()
}

#[test]
fn no_table_stands_within_a_table_and_nothing_is_hidden_or_doubled() {
    for (name, made) in worlds::all() {
        let page = Html::parse_document(&made.mail.html);
        assert!(select(&page, "table table").is_empty(), "{name}");
        assert!(select(&page, "img, svg, style, script, link, form, a, div").is_empty(), "{name}");
        for word in [
            "<!--",
            "mso",
            "display:none",
            "display: none",
            "@media",
            "flex",
            "grid;",
            "float",
            "border-radius",
            "box-shadow",
            "var(",
            "gradient",
            "hidden",
            "url(",
        ] {
            assert!(!made.mail.html.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn the_markup_is_well_formed_so_that_readers_need_not_guess() {
    for (name, made) in worlds::all() {
        for tag in ["table", "tr", "td", "th", "span", "p", "b", "caption", "h1", "h2"] {
            let opened = made.mail.html.matches(&format!("<{tag}>")).count()
                + made.mail.html.matches(&format!("<{tag} ")).count();
            let closed = made.mail.html.matches(&format!("</{tag}>")).count();
            assert_eq!(opened, closed, "{name}: {tag}");
        }
    }
}

#[test]
fn each_key_figure_stands_in_one_flat_table_once() {
    for (name, made) in worlds::all() {
        let page = Html::parse_document(&made.mail.html);
        let cells = select(&page, "td[width=\"25%\"]");
        let tables: Vec<_> = select(&page, "table")
            .into_iter()
            .filter(|table| {
                table.select(&Selector::parse("td[width=\"25%\"]").unwrap()).next().is_some()
            })
            .collect();
        assert!(tables.len() <= 1, "{name}");
        let cards = cells.iter().filter(|cell| cell.attr("bgcolor").is_some()).count();
        assert_eq!(cards, made.view.cards.len(), "{name}");
    }
    let normal = worlds::normal().make();
    let labels: Vec<_> = normal.view.cards.iter().map(|card| card.label).collect();
    assert_eq!(labels, ["Spend", "Meta leads", "CRM leads", "Cost per lead"]);
    let page = Html::parse_document(&normal.mail.html);
    let table =
        select(&page, "td[width=\"25%\"]")[0].parent().and_then(|row| row.parent()).unwrap();
    assert_eq!(table.children().filter(|row| row.value().is_element()).count(), 1, "one row");
}

#[test]
fn several_currencies_stand_in_one_card_and_are_never_added() {
    let made = worlds::currencies().make();
    let labels: Vec<_> = made.view.cards.iter().map(|card| card.label).collect();
    assert_eq!(labels, ["Spend", "Meta leads", "CRM leads", "Cost per lead"]);
    // Newest week of `ordinary`: the mean plus a twentieth; 40,000 cents over 1, 2 and 3 for the
    // accounts, over the number of campaign times ad set within them, in whole cents.
    let spend = |divisor: i64| -> i64 {
        let parts = [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1), (3, 2)];
        parts.iter().map(|(c, s)| 40_000 / (divisor * c * s)).map(|n| n + n / 20).sum()
    };
    let swing = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
    assert!(made.mail.text.contains(&format!("CHF {}", swing(spend(2)))), "{}", made.mail.text);
}

#[test]
fn screen_readers_are_told_what_each_table_is() {
    for (name, made) in worlds::all() {
        let page = Html::parse_document(&made.mail.html);
        assert_eq!(select(&page, "html")[0].attr("lang"), Some("en"));
        assert_eq!(text(select(&page, "title")[0]), made.view.subject);
        for table in select(&page, "table") {
            let heads = table.select(&Selector::parse("th").unwrap()).count();
            let is_layout = table.attr("role") == Some("presentation");
            assert_eq!(heads == 0, is_layout, "{name}: {}", table.html());
        }
        for head in select(&page, "th") {
            assert!(matches!(head.attr("scope"), Some("row" | "col")), "{name}");
        }
    }
}

#[test]
fn lead_activity_is_green_with_leads_and_yellow_without() {
    let made = worlds::alert().make();
    let page = Html::parse_document(&made.mail.html);
    let rows = |colour: &str| -> Vec<String> {
        select(&page, &format!("tr[bgcolor=\"{colour}\"]")).into_iter().map(text).collect()
    };
    let (green, yellow) = (rows("#ddf2e3"), rows("#fff0bf"));
    // Accounts one and three with three campaigns each had leads; account two and its had none.
    assert_eq!((green.len(), yellow.len()), (8, 4));
    assert!(yellow[0].starts_with("Harbour Residence"));
    assert!(yellow.iter().all(|row| row.contains("No leads")));
    assert!(green.iter().all(|row| row.contains("Leads") && !row.contains("No leads")));
}

#[test]
fn a_mail_stays_far_below_the_size_at_which_it_is_clipped() {
    for (name, made) in worlds::all() {
        assert!(made.mail.html.len() <= 60_000, "{name}: {}", made.mail.html.len());
    }
}

#[test]
fn seven_accounts_of_six_currencies_keep_their_rows_and_their_largest_campaigns() {
    let made = worlds::six_currencies().make();
    // Six currencies alone need more than the mail should have; it stays far below a clipped one.
    assert!(made.mail.html.len() <= 75_000, "{}", made.mail.html.len());
    let count = |level| made.claims.level(level).count();
    let rows = (count(Level::Account), count(Level::Campaign), count(Level::AdSet));
    assert!(rows.0 == 7 && rows.1 >= 3 && rows.2 == 0, "{rows:?}");
    let text = made.mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("more campaigns in the figures"), "{text}");
    assert_eq!(super::checking::of(&made), Vec::<String>::new());
}

#[test]
fn rows_that_do_not_fit_are_counted_and_lost_from_the_smallest_on() {
    let made = worlds::four_currencies().make();
    let count = |level| made.claims.level(level).count();
    // Twenty campaigns with four ad sets each: an ordinary report would show twelve of these.
    let (campaigns, ad_sets) = (count(Level::Campaign), count(Level::AdSet));
    assert_eq!(count(Level::Account), 5);
    assert!((8..=10).contains(&campaigns) && ad_sets < 12, "{campaigns}, {ad_sets}");
    let text = made.mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let left_out = |count: usize, what: &str| format!("and {count} more {what} in the figures");
    assert!(text.contains(&left_out(20 - campaigns, "campaigns")), "{text}");
    assert!(text.contains(&left_out(80 - ad_sets, "ad sets")), "{text}");
    // Three accounts of one currency keep every row.
    let full = worlds::normal().make();
    assert_eq!(full.claims.level(Level::AdSet).count(), 12);
    assert_eq!(super::checking::of(&made), Vec::<String>::new());
}

#[test]
fn the_text_part_fits_a_terminal() {
    for (name, made) in worlds::all() {
        for line in made.mail.text.lines() {
            let is_one_word = !line.trim().trim_start_matches("- ").contains(' ');
            assert!(line.chars().count() <= 78 || is_one_word, "{name}: {line}");
            assert_eq!(line.trim_end(), line, "{name}: trailing space");
        }
        assert!(!made.mail.text.contains("\n\n\n"), "{name}: {}", made.mail.text);
    }
}

#[test]
fn both_parts_show_the_same_claims() {
    for (name, made) in worlds::all() {
        let page = Html::parse_document(&made.mail.html);
        let plain = made.mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        for claim in select(&page, "span[data-c]") {
            let shown = text(claim).replace('\u{a0}', " ");
            assert!(plain.contains(&shown), "{name}: {shown}");
        }
    }
}

/// Relative luminance and contrast as in WCAG 2.1, in ten-thousandths.
mod contrast {
    #[expect(clippy::float_arithmetic, reason = "colours are no figures")]
    pub fn ratio(a: [u8; 3], b: [u8; 3]) -> f64 {
        let channel = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.03928 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let luminance =
            |[r, g, b]: [u8; 3]| 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    pub fn colour(text: &str) -> [u8; 3] {
        let channel = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        assert_eq!((text.len(), &text[..1]), (7, "#"), "{text}");
        [channel(1), channel(3), channel(5)]
    }
}

/// The nearest value of an element or one around it.
fn inherited(element: ElementRef<'_>, of: impl Fn(ElementRef<'_>) -> Option<String>) -> String {
    std::iter::once(element)
        .chain(element.ancestors().filter_map(ElementRef::wrap))
        .find_map(of)
        .unwrap()
}

fn style(element: ElementRef<'_>, key: &str) -> Option<String> {
    let styles = element.attr("style")?;
    let found = styles.split(';').filter_map(|one| one.split_once(':'));
    found.rev().find(|(name, _)| *name == key).map(|(_, value)| value.to_owned())
}

#[test]
fn every_text_can_be_read_on_its_background_also_inverted() {
    assert!(contrast::ratio([0; 3], [255; 3]) > 20.9, "black on white is 21");
    for (name, made) in worlds::all() {
        let page = Html::parse_document(&made.mail.html);
        let elements = select(&page, "p, h1, h2, td, th, caption, b, span");
        let own_text = |one: &ElementRef<'_>| {
            one.children()
                .any(|child| child.value().as_text().is_some_and(|t| !t.trim().is_empty()))
        };
        for element in elements.into_iter().filter(own_text) {
            let colour = inherited(element, |one| style(one, "color"));
            let background = inherited(element, |one| one.attr("bgcolor").map(str::to_owned));
            let (ink, paper) = (contrast::colour(&colour), contrast::colour(&background));
            let invert = |colour: [u8; 3]| colour.map(|channel| 255 - channel);
            let ratios = [contrast::ratio(ink, paper), contrast::ratio(invert(ink), invert(paper))];
            assert!(
                ratios.iter().all(|r| *r >= 4.5),
                "{name}: {colour} on {background}: {ratios:?}"
            );
        }
    }
}
