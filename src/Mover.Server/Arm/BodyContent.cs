using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace Mover.Server.Arm;

/// <summary>What a request says its body is: JSON, as it is or compressed with gzip.</summary>
internal static class BodyContent
{
    private const string Gzip = "gzip";

    /// <summary>
    /// The body as JSON text; null when its <c>Content-Type</c> is another one or its <c>Content-Encoding</c> is not known. Clients may
    /// leave both out.
    /// </summary>
    public static Stream? Open(HttpRequest request)
    {
        if (!IsJson(request.ContentType))
        {
            return null;
        }

        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Equals(Gzip, StringComparison.OrdinalIgnoreCase))
        {
            return new GZipStream(request.Body, CompressionMode.Decompress);
        }

        return encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase) ? request.Body : null;
    }

    private static bool IsJson(string? contentType) =>
        string.IsNullOrEmpty(contentType)
        || (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && (type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)));
}
