using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;

namespace Mover.Cli.Output;

/// <summary>
/// A column of <c>table</c> and <c>tsv</c>: a title and where its value stands in the document, such as <c>properties.agentStatus</c>.
/// </summary>
internal readonly record struct Column(string Title, string Path)
{
    public static Column Name { get; } = new("Name", "name");

    public static Column Description { get; } = new("Description", "properties.description");
}

/// <summary>
/// Writes results to stdout as <c>--output</c> asks: the whole documents as JSON, or chosen columns for eyes and scripts.
/// </summary>
internal sealed class ResultWriter(Terminal terminal)
{
    public const string Json = "json";
    public const string Table = "table";
    public const string Tsv = "tsv";
    public const string None = "none";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Option<string> CreateFlag()
    {
        var flag = new Option<string>("--output", "-o")
        {
            Description = "Output format: json, table, tsv or none.",
            DefaultValueFactory = _ => Table,
            HelpName = "format",
        };
        flag.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Json, Table, Tsv, None);
        return flag;
    }

    public void WriteOne(string format, JsonObject document, IReadOnlyList<Column> columns)
    {
        if (Is(format, Json))
        {
            WriteJson(document);
        }
        else
        {
            WriteRows(format, [document], columns);
        }
    }

    public void WriteMany(string format, IReadOnlyList<JsonObject> documents, IReadOnlyList<Column> columns)
    {
        if (Is(format, Json))
        {
            WriteJson(new JsonArray([.. documents.Select(d => d.DeepClone())]));
        }
        else
        {
            WriteRows(format, documents, columns);
        }
    }

    public void WriteJson(JsonNode node) => terminal.Out.WriteLine(node.ToJsonString(Indented));

    public static bool Is(string format, string wanted) => format.Equals(wanted, StringComparison.OrdinalIgnoreCase);

    private void WriteRows(string format, IReadOnlyList<JsonObject> documents, IReadOnlyList<Column> columns)
    {
        if (Is(format, None))
        {
            return;
        }

        var rows = documents.Select(d => columns.Select(c => Cell(d, c.Path)).ToArray()).ToList();
        if (Is(format, Tsv))
        {
            foreach (var row in rows)
            {
                terminal.Out.WriteLine(string.Join('\t', row));
            }

            return;
        }

        TextTable.Write(terminal.Out, [.. columns.Select(c => c.Title)], rows);
    }

    /// <summary>
    /// The value as one line of text; empty when absent. Values that look away from the line (tabs, line ends) are made spaces.
    /// </summary>
    private static string Cell(JsonObject document, string path)
    {
        JsonNode? at = document;
        foreach (var name in path.Split('.'))
        {
            at = (at as JsonObject)?[name];
        }

        var text = at switch
        {
            null => string.Empty,
            JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
            _ => at.ToJsonString(),
        };
        return string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
