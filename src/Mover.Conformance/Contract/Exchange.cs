using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mover.Conformance.Contract;

/// <summary>One request with its answer, as both went over the wire.</summary>
public sealed record Exchange
{
    private const int ExcerptCharsMax = 2000;

    /// <summary>The verb in capitals.</summary>
    public required string Method { get; init; }

    /// <summary>The absolute address that was asked.</summary>
    public required Uri Url { get; init; }

    /// <summary>The request's headers without the token; names ignore case.</summary>
    public IReadOnlyDictionary<string, string> RequestHeaders { get; init; } =
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The request's body; null when it had none.</summary>
    public string? RequestBody { get; init; }

    /// <summary>The answer's status.</summary>
    public required int Status { get; init; }

    /// <summary>The answer's headers, those of its content among them; names ignore case.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The answer's body; empty when it had none.</summary>
    public required string Body { get; init; }

    /// <summary>The path without the query, as it was sent.</summary>
    public string Path => Url.AbsolutePath;

    /// <summary>The <c>api-version</c> of the query; empty when there is none or several.</summary>
    public string ApiVersion
    {
        get
        {
            var given = Url.Query.TrimStart('?').Split('&')
                .Where(p => p.StartsWith("api-version=", StringComparison.OrdinalIgnoreCase))
                .Select(p => p[12..]).Where(p => p.Length > 0).ToList();
            return given.Count == 1 ? Uri.UnescapeDataString(given[0]) : string.Empty;
        }
    }

    /// <summary>The body as JSON; null when it is none.</summary>
    public JsonNode? Json => TryParse(Body, out var node) ? node : null;

    /// <summary>True when the web server refused what is no HTTP request; no service has seen it, and nothing can add ids or a
    /// body.</summary>
    public bool IsRefusedUnread =>
        Status is 400 or 408 or 414 or 431 && Body.Length == 0 && !Headers.ContainsKey("x-ms-request-id");

    /// <summary>True when the text is JSON; <c>null</c> is JSON and gives a null node.</summary>
    public static bool TryParse(string text, out JsonNode? node)
    {
        node = null;
        try
        {
            node = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Reads what was sent and answered. The contents stay readable.</summary>
    public static async Task<Exchange> ReadAsync(HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancel)
    {
        // JSON is UTF-8, whatever a content type says of its charset.
        var asked = request.Content is null ? null : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync(cancel));
        var answered = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancel));
        return new()
        {
            Method = request.Method.Method.ToUpperInvariant(),
            Url = request.RequestUri ?? throw new InvalidOperationException("The request has no address."),
            RequestHeaders = Named(request.Headers, request.Content?.Headers),
            RequestBody = asked,
            Status = (int)response.StatusCode,
            Headers = Named(response.Headers, response.Content.Headers),
            Body = answered,
        };
    }

    /// <summary>What a person needs to see of it: no token, bodies cut short.</summary>
    public string Excerpt()
    {
        var text = new StringBuilder().Append(Method).Append(' ').AppendLine(Url.PathAndQuery);
        Append(text, RequestHeaders, RequestBody);
        text.Append("HTTP ").Append(Status).AppendLine();
        Append(text, Headers, Body);
        return text.ToString().TrimEnd();
    }

    private static void Append(StringBuilder text, IReadOnlyDictionary<string, string> headers, string? body)
    {
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(": ").AppendLine(value);
        }

        if (!string.IsNullOrEmpty(body))
        {
            text.AppendLine(body.Length > ExcerptCharsMax ? $"{body[..ExcerptCharsMax]}… ({body.Length} characters)" : body);
        }
    }

    private static Dictionary<string, string> Named(HttpHeaders headers, HttpContentHeaders? content)
    {
        var named = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in headers.Concat(content?.AsEnumerable() ?? []))
        {
            if (!name.Equals("Authorization", StringComparison.OrdinalIgnoreCase))
            {
                named[name] = string.Join(',', values);
            }
        }

        return named;
    }
}
