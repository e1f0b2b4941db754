using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Mover.Core.Arm;
using Mover.Server.Keys;

namespace Mover.Server.Arm;

/// <summary>
/// Seals where a list's next page begins. That place may be a resource that the caller does not see, so its id is not readable, nor is its
/// length, and a token is good for the list that answered it only. Those of older keys are opened too. Safe for concurrent use.
/// </summary>
internal sealed class PageTokens(IPageKeys keys)
{
    /// <summary>Characters of a token.</summary>
    public const int CharsMax = 8 * 1024;

    // Places are filled up to multiples of this.
    private const int BlockBytes = 256;

    /// <summary>The token of a place in the list at a path.</summary>
    public string Seal(string path, string place)
    {
        var bytes = Encoding.UTF8.GetBytes(place);
        var plain = new byte[((bytes.Length / BlockBytes) + 1) * BlockBytes];
        bytes.CopyTo(plain, 0);
        return WebEncoders.Base64UrlEncode(AesSeal.Seal(keys.Newest[0], plain, Bound(path)));
    }

    /// <summary>The place that a token of the list at this path stands for; null when it is not one.</summary>
    public string? Open(string path, string token)
    {
        if (token.Length > CharsMax)
        {
            return null;
        }

        try
        {
            var (input, bound) = (WebEncoders.Base64UrlDecode(token), Bound(path));
            return keys.Newest.Select(key => AesSeal.Open(key, input, bound)).FirstOrDefault(place => place is { Length: > 0 }) is { } place
                ? Encoding.UTF8.GetString(place).TrimEnd('\0')
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[] Bound(string path) => Encoding.UTF8.GetBytes(ArmCase.Lower(path.TrimEnd('/')));
}

/// <summary>The keys that seal page links: the same on all instances. Safe for concurrent use.</summary>
internal interface IPageKeys
{
    /// <summary>All that are accepted, the newest first; it seals.</summary>
    IReadOnlyList<byte[]> Newest { get; }
}
