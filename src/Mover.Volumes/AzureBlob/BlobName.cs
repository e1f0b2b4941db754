using System.Buffers;
using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// The service's rules for blob names, and how names travel in URLs.
/// Source: "Naming and referencing containers, blobs, and metadata" of the Blob service's REST reference.
/// </summary>
internal static class BlobName
{
    /// <summary>The longest name, in UTF-16 code units.</summary>
    public const int CharactersMax = 1024;

    /// <summary>The most segments between slashes.</summary>
    public const int SegmentsMax = 254;

    private static readonly SearchValues<byte> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/"u8);

    /// <summary>Why the service cannot keep a blob under the name exactly as it is; null when it can.</summary>
    public static (StatusCode Code, string Why)? Judge(ReadOnlySpan<byte> name)
    {
        if (!System.Text.Unicode.Utf8.IsValid(name))
        {
            return (StatusCodes.ItemCharactersUnsupported, "The name is not valid UTF-8, but blob names must be Unicode.");
        }

        if (name.Length > CharactersMax && Encoding.UTF8.GetCharCount(name) > CharactersMax)
        {
            return (StatusCodes.ItemPathTooLong, $"The name has more than {CharactersMax} characters.");
        }

        if (name.Count((byte)'/') >= SegmentsMax)
        {
            return (StatusCodes.ItemTooDeep, $"The name has more than {SegmentsMax} segments.");
        }

        return JudgeCharacters(name);
    }

    /// <summary>Percent-encodes everything but unreserved characters and slashes, so that no client or server on the way changes the
    /// name.</summary>
    public static string Escape(ReadOnlySpan<byte> name)
    {
        var odd = name.IndexOfAnyExcept(Plain);
        if (odd < 0)
        {
            return Encoding.ASCII.GetString(name);
        }

        var text = new StringBuilder(name.Length + 32);
        text.Append(Encoding.ASCII.GetString(name[..odd]));
        foreach (var b in name[odd..])
        {
            if (Plain.Contains(b))
            {
                text.Append((char)b);
            }
            else
            {
                text.Append('%').Append(Hex(b >> 4)).Append(Hex(b & 15));
            }
        }

        return text.ToString();
    }

    private static char Hex(int digit) => (char)(digit < 10 ? '0' + digit : 'A' + digit - 10);

    private static (StatusCode Code, string Why)? JudgeCharacters(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            // U+0080 to U+009F are C2 80 to C2 9F in UTF-8.
            if (name[i] is < 0x20 or 0x7F || (name[i] == 0xC2 && name[i + 1] is >= 0x80 and <= 0x9F))
            {
                return (StatusCodes.ItemCharactersUnsupported, "The name has a control character, which the Blob service rejects.");
            }

            // The service turns a backslash into a slash and drops dots at the end of a segment: the item would land under another name.
            if (name[i] == '\\')
            {
                return (StatusCodes.ItemCharactersUnsupported, "The name has a backslash, which the Blob service changes to a slash.");
            }

            if (name[i] == '.' && (i + 1 == name.Length || name[i + 1] == '/'))
            {
                return (StatusCodes.ItemCharactersUnsupported, "A part of the name ends with a dot, which the Blob service drops.");
            }
        }

        return null;
    }
}
