//! A view to HTML and text. The same view gives the same bytes.

mod text;

use askama::Template as _;
use weekledger_events::Digest;
use weekledger_events::payload::Template;
use weekledger_projections::report_view::{Card, CardFigure, LeadState, Piece, ReportView, Tone};

use text::TextView;

/// Raised whenever a template, or the code that fills it, changes what a mail looks like.
pub const TEMPLATE_VERSION: u32 = 3;

/// The finished parts of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub html: String,
    pub text: String,
}

/// Why a view could not be rendered.
#[derive(Debug, thiserror::Error)]
#[error("the mail cannot be rendered")]
pub struct RenderError(#[source] askama::Error);

/// Renders both parts.
pub fn render(view: &ReportView) -> Result<Rendered, RenderError> {
    let html = HtmlPart { view }.render().map_err(RenderError)?;
    let text = TextPart { view: TextView::new(view) }.render().map_err(RenderError)?;
    Ok(Rendered { html, text })
}

/// Which templates this version renders with.
pub fn template() -> Template {
    let html = include_str!("../../templates/mail.html");
    let text = include_str!("../../templates/mail.txt");
    let digest = Digest::of(format!("{html}{text}").as_bytes());
    Template { version: TEMPLATE_VERSION, digest }
}

#[derive(askama::Template)]
#[template(path = "mail.html")]
struct HtmlPart<'a> {
    view: &'a ReportView,
}

#[derive(askama::Template)]
#[template(path = "mail.txt", escape = "none")]
struct TextPart {
    view: TextView,
}

impl HtmlPart<'_> {
    /// The colour of a token, dark enough on each background that it stands on.
    fn colour(&self, tone: &Tone) -> &'static str {
        match tone {
            Tone::Neutral => "#46535f",
            Tone::Good => "#17603a",
            Tone::Watch => "#7d4700",
            Tone::Alert => "#a61b1b",
        }
    }

    /// Within prose a figure stays on one line.
    fn unbroken(&self, text: &str) -> String {
        text.replace(' ', "\u{a0}")
    }

    fn state(&self, state: &LeadState) -> &'static str {
        match state {
            LeadState::Leads => "Leads",
            LeadState::NoLeads => "No leads",
            LeadState::Doubtful => "Check tracking",
            LeadState::Missing => "No data",
        }
    }

    fn state_background(&self, state: &LeadState) -> &'static str {
        match state {
            LeadState::Leads => "#ddf2e3",
            LeadState::NoLeads | LeadState::Doubtful => "#fff0bf",
            LeadState::Missing => "#e8ebee",
        }
    }

    /// Every other row is shaded; the others are white as the page is.
    fn shade(&self, index: &usize) -> &'static str {
        if index.is_multiple_of(2) { "" } else { " bgcolor=\"#f4f6f8\"" }
    }

    /// Accounts stand out, campaigns a little, ad sets not.
    fn depth_background(&self, depth: &u8) -> &'static str {
        match depth {
            0 => " bgcolor=\"#d9e4ed\"",
            1 => " bgcolor=\"#f4f6f8\"",
            _ => "",
        }
    }

    fn depth_style(&self, depth: &u8) -> &'static str {
        match depth {
            0 => "font:bold 14px/20px Arial;padding-left:8px;overflow-wrap:anywhere",
            1 => "font:14px/20px Arial;padding-left:20px;overflow-wrap:anywhere",
            _ => "font:14px/20px Arial;padding-left:32px;overflow-wrap:anywhere;color:#46535f",
        }
    }

    /// Several amounts stand closer than one, and words in the place of one are smaller.
    fn card_style(&self, card: &Card, figure: &CardFigure) -> &'static str {
        let is_number = figure.value.iter().any(|piece| piece.shown().contains(char::is_numeric));
        match card.figures.len() {
            _ if !is_number => "font-size:15px;line-height:24px;color:#12324a",
            0 | 1 => "font-size:21px;line-height:32px;color:#12324a",
            _ => "font-size:17px;line-height:30px;color:#12324a",
        }
    }
}
