using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// Signs each request with the account's key. Source: "Authorize with Shared Key" of the Blob service's REST reference. Thread-safe.
/// </summary>
public sealed class SharedKeyCredential : BlobCredential
{
    private readonly string _account;
    private readonly byte[] _key;
    private readonly TimeProvider _clock;

    /// <summary>Takes the account's name and its key as the service shows it.</summary>
    /// <param name="account">The storage account's name.</param>
    /// <param name="key">The key in base64. Secret.</param>
    /// <param name="destinations">Where signatures may be sent.</param>
    /// <param name="clock">The clock that dates the requests; the service allows 15 minutes of difference.</param>
    /// <exception cref="FormatException">The key is not base64.</exception>
    public SharedKeyCredential(string account, string key, BlobDestinations destinations, TimeProvider clock)
        : base(destinations)
    {
        _account = account;
        _key = Convert.FromBase64String(key);
        _clock = clock;
    }

    /// <inheritdoc/>
    internal override void Sign(HttpRequestMessage request, BlobCall call, string containerPath)
    {
        request.Headers.TryAddWithoutValidation("x-ms-date", HttpDate(_clock.GetUtcNow()));
        var text = Encoding.UTF8.GetBytes(StringToSign(request, call, containerPath));
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, text, signature);
        request.Headers.TryAddWithoutValidation("Authorization", $"SharedKey {_account}:{Convert.ToBase64String(signature)}");
    }

    private string StringToSign(HttpRequestMessage request, BlobCall call, string containerPath)
    {
        var length = call.Content is { Length: > 0 } content ? content.Length.ToString(CultureInfo.InvariantCulture) : "";

        // Verb, encoding, language, length, MD5, type, date, if-modified-since, if-match, if-none-match, if-unmodified-since, range.
        var text = new StringBuilder(512)
            .Append(request.Method.Method).Append("\n\n\n").Append(length)
            .Append('\n').Append(call.ContentMd5).Append("\n\n\n\n").Append(call.IfMatch).Append("\n\n\n\n");
        var headers = new List<KeyValuePair<string, string>>(16);
        foreach (var header in request.Headers.NonValidated)
        {
            if (header.Key.StartsWith("x-ms-", StringComparison.Ordinal))
            {
                headers.Add(new(header.Key.ToLowerInvariant(), header.Value.ToString()));
            }
        }

        headers.Sort(static (a, b) => CompareNames(a.Key, b.Key));
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(':').Append(value.Trim()).Append('\n');
        }

        // In path style the path begins with the account's name, which thus stands twice, as the service expects.
        text.Append('/').Append(_account).Append(containerPath);
        if (call.Name is { } blob)
        {
            text.Append('/').Append(blob);
        }

        AppendQuery(text, call.Query);
        return text.ToString();
    }

    /// <summary>The service sorts names by language, not by bytes: an underscore comes before digits and letters.</summary>
    private static int CompareNames(string one, string other)
    {
        var same = one.AsSpan().CommonPrefixLength(other);
        return same == one.Length || same == other.Length ? one.Length - other.Length
            : one[same] == '_' ? -1
            : other[same] == '_' ? 1
            : one[same] - other[same];
    }

    private static void AppendQuery(StringBuilder text, string query)
    {
        if (query.Length == 0)
        {
            return;
        }

        var parts = query.Split('&');
        Array.Sort(parts, StringComparer.Ordinal);
        foreach (var part in parts)
        {
            var cut = part.IndexOf('=', StringComparison.Ordinal);
            text.Append('\n').Append(part.AsSpan(0, cut)).Append(':').Append(Uri.UnescapeDataString(part[(cut + 1)..]));
        }
    }
}
