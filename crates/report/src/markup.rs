//! The common parts of pages: the frame, pictures and tables.

use crate::ReportError;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use suasion_plot::Figure;

const STYLE: &str = include_str!("assets/report.css");
const SCRIPT: &str = include_str!("assets/report.js");

/// A whole page.
pub(crate) fn page(title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (content)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// JSON in its own element, for the script to read. It cannot contain a tag.
pub(crate) fn data(id: &str, json: &str) -> Markup {
    html! { script type="application/json" id=(id) { (PreEscaped(json.replace('<', "\\u003c"))) } }
}

/// A picture, both for the page and for a file.
pub(crate) struct Picture {
    /// The name of its file, unique in the report.
    pub name: String,
    pub svg: String,
    /// The title.
    title: String,
    description: String,
}

impl Picture {
    pub(crate) fn draw(name: &str, title: &str, description: &str, figure: &Figure) -> Result<Self, ReportError> {
        let svg = figure.svg()?;
        Ok(Self { name: name.into(), svg, title: title.into(), description: description.into() })
    }

    /// The picture with its caption and a link to save it.
    pub(crate) fn show(&self, caption: &Markup) -> Markup {
        html! {
            figure {
                div.picture { (PreEscaped(self.labelled())) }
                figcaption {
                    (caption) " "
                    a.save href="#" download={ (self.name) ".svg" } hidden { "Save SVG" }
                }
            }
        }
    }

    /// The SVG with a title and a description for screen readers.
    fn labelled(&self) -> String {
        let Self { name, svg, title, description } = self;
        let about = html! { title id={ (name) "-t" } { (title) } desc id={ (name) "-d" } { (description) } };
        let role = format!(r#"<svg role="img" aria-labelledby="{name}-t {name}-d" "#);
        match svg.split_once('>') {
            Some((head, rest)) => format!("{}>{}{rest}", head.replacen("<svg ", &role, 1), about.into_string()),
            None => svg.clone(),
        }
    }
}

/// A table whose first column has names. The other columns have numbers, except for those in
/// `texts`.
pub(crate) fn table(caption: &str, header: &[&str], rows: &[Vec<String>], texts: &[usize]) -> Markup {
    let class = |column: usize| if column == 0 || texts.contains(&column) { "t" } else { "n" };
    html! {
        div.scroll {
            table {
                caption { (caption) }
                @if header.iter().any(|name| !name.is_empty()) { thead { tr { @for (i, name) in header.iter().enumerate() { th scope="col" class=(class(i)) { (name) } } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (i, cell) in row.iter().enumerate() {
                                @if i == 0 { th scope="row" class="t" { (cell) } } @else { td class=(class(i)) { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// An important number with its meaning.
pub(crate) fn tile(value: &str, what: &str, alarm: bool) -> Markup {
    html! { div.tile.alarm[alarm] { dt { (what) } dd { (value) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_begins_in_data() {
        let text = data("x", "[\"</script><b>\"]").into_string();
        assert_eq!(text, "<script type=\"application/json\" id=\"x\">[\"\\u003c/script>\\u003cb>\"]</script>");
    }

    #[test]
    fn names_are_text() {
        let text = table("<i>", &["a"], &[vec!["<b>&\"".into()]], &[]).into_string();
        assert!(text.contains("&lt;b&gt;&amp;&quot;") && text.contains("&lt;i&gt;"), "{text}");
    }
}
