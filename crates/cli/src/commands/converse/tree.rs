//! The tree of conversations, as text and as a drawing.

use super::words::{Next, Node, Tree};
use crate::output::number;
use std::fmt::Write;
use suasion_model::Instance;

/// Probabilities are rounded to a multiple of 1 / `DIGITS`.
const DIGITS: f64 = 1e4;

/// A probability in readable form.
fn likely(p: f64) -> String {
    if p > 0.0 && p < 0.5 / DIGITS { number(p) } else { number((p * DIGITS).round() / DIGITS) }
}

/// `agent: word` for all agents.
fn spoken(instance: &Instance, words: &[String]) -> String {
    let one = |(agent, word): (&suasion_model::Party, &String)| format!("{}: {word}", agent.name);
    instance.agents.iter().zip(words).map(one).collect::<Vec<_>>().join(", ")
}

/// The user's belief, without states that she excludes.
fn belief(instance: &Instance, node: &Node) -> String {
    let state = |(y, &p): (usize, &f64)| format!("{} {}", instance.states.name(y), likely(p));
    let possible = node.belief.iter().enumerate().filter(|(_, p)| **p > 0.0);
    possible.map(state).collect::<Vec<_>>().join(", ")
}

/// The tree as indented lines; `more` says how to see nodes that are left out.
pub fn indented(instance: &Instance, tree: &Tree, more: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for root in &tree.types {
        let probability = likely(root.node.probability);
        lines.push(root.of.as_ref().map_or_else(
            || format!("{} has no private information", instance.user.name),
            |of| format!("{} knows {of} ({probability})", instance.user.name),
        ));
        below(instance, &root.node, 1, &mut lines);
    }
    if tree.left_out > 0 {
        lines.push(format!("{} more nodes are left out; {more}", tree.left_out));
    }
    lines
}

fn below(instance: &Instance, node: &Node, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    lines.push(format!("{indent}believes {}", belief(instance, node)));
    match &node.next {
        Next::Act { action } => lines.push(format!("{indent}does {action}")),
        Next::Ask { messages, then, left_out, .. } => {
            if let Some(messages) = messages {
                lines.push(format!("{indent}says to {}", spoken(instance, messages)));
            }
            for reply in then {
                let answers = spoken(instance, &reply.answers);
                lines.push(format!("{indent}hears {answers} ({})", likely(reply.likely)));
                below(instance, &reply.node, depth + 1, lines);
            }
            if *left_out > 0 {
                lines.push(format!("{indent}... {left_out} nodes"));
            }
        }
    }
}

/// The tree as a Graphviz document.
pub fn graphviz(instance: &Instance, tree: &Tree) -> String {
    let mut drawing = Drawing { instance, text: String::new(), nodes: 0 };
    drawing.text.push_str("digraph conversations {\n  rankdir=LR;\n  node [shape=box];\n");
    for root in &tree.types {
        let known = root.of.as_ref().map(|of| format!("knows {of} ({})\n", likely(root.node.probability)));
        drawing.node(&root.node, &known.unwrap_or_default());
    }
    drawing.text.push('}');
    drawing.text
}

struct Drawing<'a> {
    instance: &'a Instance,
    text: String,
    nodes: usize,
}

impl Drawing<'_> {
    /// Draws a node and everything below it, and returns its number.
    fn node(&mut self, node: &Node, before: &str) -> usize {
        let number = self.nodes;
        self.nodes += 1;
        let believes = format!("{before}believes {}", belief(self.instance, node));
        let (next, shape) = match &node.next {
            Next::Act { action } => (format!("\ndoes {action}"), ", shape=ellipse"),
            Next::Ask { messages, left_out, .. } => {
                let said = messages.as_ref().map(|messages| format!("\nsays to {}", spoken(self.instance, messages)));
                let more = if *left_out > 0 { format!("\n... {left_out} nodes") } else { String::new() };
                (said.unwrap_or_default() + &more, "")
            }
        };
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "  n{number} [label={}{shape}];", quoted(&(believes + &next)));
        if let Next::Ask { then, .. } = &node.next {
            for reply in then {
                let below = self.node(&reply.node, "");
                let label = format!("{}\n{}", spoken(self.instance, &reply.answers), likely(reply.likely));
                let _ = writeln!(self.text, "  n{number} -> n{below} [label={}];", quoted(&label));
            }
        }
        number
    }
}

/// A Graphviz string, with backslashes escaped.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
