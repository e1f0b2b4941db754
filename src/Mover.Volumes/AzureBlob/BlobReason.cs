using System.Net;
using System.Text.RegularExpressions;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// What the service says about a refusal, in words that can be shown: one line, of bounded length, and without anything that looks like a
/// signature or token, because services repeat what they were sent. Pure.
/// </summary>
internal static partial class BlobReason
{
    /// <summary>Bytes of an answer that are looked at.</summary>
    public const int BytesMax = 4096;

    private const int CharactersMax = 400;
    private const int CodeCharactersMax = 64;
    private const int TimeLimitMilliseconds = 1000;

    /// <summary>
    /// Message and details from an error document; empty when it has none. Source: "Status and error codes" of the Blob service's REST
    /// reference.
    /// </summary>
    public static string Of(string document)
    {
        var message = Clean(Element(document, "Message"));
        var detail = Clean(Element(document, "AuthenticationErrorDetail"));
        var text = string.Join(' ', new[] { message, detail }.Where(part => part.Length > 0));
        return text.Length <= CharactersMax ? text : text[..CharactersMax] + "…";
    }

    /// <summary>An error code as the service writes them; empty for anything else.</summary>
    public static string Code(string text) =>
        text.Length <= CodeCharactersMax && text.All(char.IsAsciiLetterOrDigit) && !Secrets().IsMatch(text) ? text : "";

    private static string Element(string document, string name)
    {
        var start = document.IndexOf($"<{name}>", StringComparison.OrdinalIgnoreCase);
        var end = start < 0 ? -1 : document.IndexOf($"</{name}>", start, StringComparison.OrdinalIgnoreCase);
        return end < 0 ? "" : WebUtility.HtmlDecode(document[(start + name.Length + 2)..end]);
    }

    // The string to sign and the ids of the request help nobody who reads one line.
    private static string Clean(string text)
    {
        foreach (var tail in new[] { "RequestId:", "Server used following string", "String to sign" })
        {
            var cut = text.IndexOf(tail, StringComparison.OrdinalIgnoreCase);
            text = cut < 0 ? text : text[..cut];
        }

        return Secrets().Replace(Gaps().Replace(text, " "), "***").Trim();
    }

    [GeneratedRegex(@"[\s\p{C}]+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeLimitMilliseconds)]
    private static partial Regex Gaps();

    // A query that signs, a header that authorizes, and any long run of base64, escaped or not, that is not one word.
    [GeneratedRegex(
        @"sig=[^\s&]*|(Bearer|SharedKey)\s+\S+|(?=[A-Za-z/_~.-]*[0-9+=%])[A-Za-z0-9+/=%_~.-]{20,}",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, TimeLimitMilliseconds)]
    private static partial Regex Secrets();
}
