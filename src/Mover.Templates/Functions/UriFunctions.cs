using System.Text;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions of URIs.</summary>
internal static class UriFunctions
{
    private const string DataPrefix = "data:text/plain;charset=utf-8;base64,";

    public static IReadOnlyList<Function> All { get; } =
    [
        new("uri", 2, 2, Combine),
        new("uriComponent", 1, 1, call => TemplateValue.Of(Uri.EscapeDataString(call.Text(0)))),
        new("uriComponentToString", 1, 1, call => TemplateValue.Of(Unescape(call.Text(0)))),
        new("dataUri", 1, 1, call => TemplateValue.Of(
            DataPrefix + Convert.ToBase64String(Encoding.UTF8.GetBytes(call[0] is ArrayValue or ObjectValue
                ? ValueText.ToJson(call[0])
                : StringFunctions.ScalarText(call[0]) ?? throw call.WrongType(0, "String"))))),
        new("dataUriToString", 1, 1, FromDataUri),
        new("parseUri", 1, 1, Parse),
        new("buildUri", 1, 1, Build),
    ];

    private static string Unescape(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static TemplateValue Combine(FunctionCall call)
    {
        var (root, relative) = (call.Text(0), call.Text(1));
        return Uri.TryCreate(root, UriKind.Absolute, out var absolute) && Uri.TryCreate(absolute, relative, out var whole)
            ? TemplateValue.Of(whole.AbsoluteUri)
            : throw call.Unable($"The base URI '{root}' is not an absolute URI.");
    }

    private static TemplateValue FromDataUri(FunctionCall call)
    {
        var text = call.Text(0);
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        if (!text.StartsWith("data:", StringComparison.OrdinalIgnoreCase) || comma < 0)
        {
            throw call.Unable($"The value '{text}' is not a data URI.");
        }

        var (head, body) = (text[5..comma], text[(comma + 1)..]);
        var parts = head.Split(';');
        try
        {
            var bytes = parts.Contains("base64", StringComparer.OrdinalIgnoreCase)
                ? Convert.FromBase64String(Uri.UnescapeDataString(body))
                : Encoding.UTF8.GetBytes(Uri.UnescapeDataString(body));
            var charset = parts.FirstOrDefault(part => part.StartsWith("charset=", StringComparison.OrdinalIgnoreCase));
            var encoding = charset is null ? Encoding.UTF8 : Encoding.GetEncoding(charset["charset=".Length..]);
            return TemplateValue.Of(encoding.GetString(bytes));
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            throw call.Unable($"The value '{text}' is not a data URI: {fault.Message}");
        }
    }

    private static ObjectValue Parse(FunctionCall call)
    {
        if (!Uri.TryCreate(call.Text(0), UriKind.Absolute, out var uri))
        {
            throw call.Unable($"The value '{call.Text(0)}' is not an absolute URI.");
        }

        var parts = new ObjectBuilder()
            .Set("scheme", TemplateValue.Of(uri.Scheme))
            .Set("host", TemplateValue.Of(uri.Host))
            .Set("port", uri.IsDefaultPort ? TemplateValue.Null : TemplateValue.Of((long)uri.Port))
            .Set("path", TemplateValue.Of(uri.AbsolutePath));
        if (uri.Query.Length > 0)
        {
            parts.Set("query", TemplateValue.Of(uri.Query));
        }

        return parts.Build();
    }

    private static TemplateValue Build(FunctionCall call)
    {
        var parts = call.Object(0);
        string? Part(string name) => (parts[name] as StringValue)?.Value;
        try
        {
            var path = Part("path");
            var uri = new UriBuilder
            {
                Scheme = Part("scheme") ?? throw call.Unable("The property 'scheme' is missing."),
                Host = Part("host") ?? throw call.Unable("The property 'host' is missing."),
                Port = parts["port"] is IntegerValue port ? (int)port.Value : -1,
                Path = path,
                Query = Part("query"),
            };
            return TemplateValue.Of(uri.Uri.AbsoluteUri);
        }
        catch (Exception fault) when (fault is UriFormatException or ArgumentException)
        {
            throw call.Unable($"The properties do not form a valid URI: {fault.Message}");
        }
    }
}
