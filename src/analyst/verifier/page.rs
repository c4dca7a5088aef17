//! Reads the HTML part as a reader meets it: cells and paragraphs in rows, with spans of claims,
//! names and labels among the text.

/// A piece of text, and what its span says that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Atom {
    Text(String),
    Claim { id: String, text: String },
    Name { alias: String, text: String },
    Label(String),
}

impl Atom {
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text)
            | Self::Claim { text, .. }
            | Self::Name { text, .. }
            | Self::Label(text) => text,
        }
    }
}

/// What holds a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Title,
    Heading,
    Paragraph,
    Caption,
    ColumnHead,
    RowHead,
    Cell,
}

/// A cell or paragraph with its place.
#[derive(Debug, Clone)]
pub struct Block {
    pub holder: Holder,
    /// The heading that it stands under; empty before the first.
    pub under: String,
    /// Number of its table and row, counted through the page; of its cell within the row.
    pub table: usize,
    pub row: usize,
    pub column: usize,
    pub atoms: Vec<Atom>,
}

impl Block {
    /// What is read, with single spaces.
    pub fn flat(&self) -> String {
        let text: String = self.atoms.iter().map(Atom::text).collect();
        super::normal(&text)
    }
}

/// A page, and what no mail may hold.
#[derive(Debug, Default)]
pub struct Page {
    pub blocks: Vec<Block>,
    pub forbidden: Vec<String>,
}

const TAGS: [&str; 19] = [
    "!DOCTYPE", "html", "head", "meta", "title", "body", "table", "tr", "td", "th", "caption", "p",
    "h1", "h2", "b", "br", "span", "small", "tbody",
];

/// Attributes that load, run or address something, and styles that hide.
const ATTRIBUTES: [&str; 8] =
    ["href", "src=", "on", "action", "background=", "display:", "visibility", "url("];

/// Reads a page.
pub fn read(html: &str) -> Page {
    let mut reader = Reader::default();
    for token in tokens(html) {
        match token {
            Token::Open { name, attributes } => reader.open(name, attributes),
            Token::Close { name } => reader.close(name),
            Token::Text(text) => reader.text(&text),
        }
    }
    reader.flush();
    reader.page
}

#[derive(Default)]
struct Reader {
    page: Page,
    atoms: Vec<Atom>,
    holders: Vec<Holder>,
    span: Option<Atom>,
    under: String,
    table: usize,
    row: usize,
    column: usize,
}

impl Reader {
    fn open(&mut self, name: &str, attributes: &str) {
        self.judge(name, attributes);
        if self.span.is_some() {
            self.page.forbidden.push(format!("<{name}> stands within a span"));
        }
        match name {
            "span" => self.span = opened(attributes),
            "br" => self.atoms.push(Atom::Text(" ".to_owned())),
            "table" => self.table += 1,
            "tr" => {
                self.flush();
                self.row += 1;
                self.column = 0;
            }
            _ => {
                if let Some(holder) = holder(name, attributes) {
                    self.flush();
                    if matches!(holder, Holder::Cell | Holder::ColumnHead | Holder::RowHead) {
                        self.column += 1;
                    }
                    self.holders.push(holder);
                }
            }
        }
    }

    fn close(&mut self, name: &str) {
        if name == "span" {
            self.atoms.extend(self.span.take());
        } else if holder(name, "").is_some() {
            self.flush();
            self.holders.pop();
        }
    }

    fn text(&mut self, more: &str) {
        match &mut self.span {
            Some(
                Atom::Text(text)
                | Atom::Claim { text, .. }
                | Atom::Name { text, .. }
                | Atom::Label(text),
            ) => text.push_str(more),
            None => match self.atoms.last_mut() {
                Some(Atom::Text(text)) => text.push_str(more),
                _ => self.atoms.push(Atom::Text(more.to_owned())),
            },
        }
    }

    fn flush(&mut self) {
        let atoms = std::mem::take(&mut self.atoms);
        let Some(holder) = self.holders.last().copied() else {
            let stray: String = atoms.iter().map(Atom::text).collect();
            if !stray.trim().is_empty() {
                self.page.forbidden.push("text outside of every cell".to_owned());
            }
            return;
        };
        let block = Block {
            holder,
            under: self.under.clone(),
            table: self.table,
            row: self.row,
            column: self.column,
            atoms,
        };
        if holder == Holder::Heading {
            self.under = block.flat();
        }
        if !block.flat().is_empty() {
            self.page.blocks.push(block);
        }
    }

    fn judge(&mut self, name: &str, attributes: &str) {
        if !TAGS.contains(&name) {
            self.page.forbidden.push(format!("<{}> in a mail", shortened(name)));
        }
        let low = attributes.to_ascii_lowercase();
        let is_wrong = |part: &&&str| match **part {
            "on" => low.split(' ').any(|one| one.starts_with("on")),
            part => low.contains(part),
        };
        if let Some(part) = ATTRIBUTES.iter().find(is_wrong) {
            self.page.forbidden.push(format!("<{name}> with \"{part}\""));
        }
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(20).collect()
}

fn holder(name: &str, attributes: &str) -> Option<Holder> {
    Some(match name {
        "title" => Holder::Title,
        "h1" | "h2" => Holder::Heading,
        "p" => Holder::Paragraph,
        "caption" => Holder::Caption,
        "td" => Holder::Cell,
        "th" if attributes.contains("scope=\"col\"") => Holder::ColumnHead,
        "th" => Holder::RowHead,
        _ => return None,
    })
}

fn opened(attributes: &str) -> Option<Atom> {
    let value = |key: &str| Some(attributes.strip_prefix(key)?.strip_suffix('"')?.to_owned());
    value("data-c=\"")
        .map(|id| Atom::Claim { id, text: String::new() })
        .or_else(|| value("data-n=\"").map(|alias| Atom::Name { alias, text: String::new() }))
        .or_else(|| value("data-d=\"").map(|_| Atom::Label(String::new())))
}

/// Markup and what stands between it.
enum Token<'a> {
    Open { name: &'a str, attributes: &'a str },
    Close { name: &'a str },
    Text(String),
}

fn tokens(html: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        tokens.push(Token::Text(decoded(&rest[..at])));
        let inside = &rest[at + 1..];
        let end = tag_end(inside);
        let tag = &inside[..end];
        tokens.push(match tag.strip_prefix('/') {
            Some(name) => Token::Close { name: name.trim() },
            None => {
                let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
                Token::Open { name, attributes }
            }
        });
        rest = inside.get(end + 1..).unwrap_or("");
    }
    tokens.push(Token::Text(decoded(rest)));
    tokens
}

/// The position of the `>` that ends a tag; one within quotes does not.
fn tag_end(tag: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at,
            _ => {}
        }
    }
    tag.len()
}

/// Character references as characters.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.find(';').filter(|end| *end <= 10)?;
    let name = &text[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}
