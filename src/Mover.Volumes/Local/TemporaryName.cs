using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Volumes.Local;

/// <summary>
/// Names of files that are not whole yet. They lie beside their target, begin with a dot, and cannot be guessed:
/// <c>.mover-tmp-w</c> + 32 hex digits for a file written at once, <c>.mover-tmp-b</c> + 16 hex digits of the target's name + token for
/// one written in blocks, which a later attempt with the same token finds again; <c>.mover-tmp-p</c> + 32 hex digits + an accented letter
/// for one that probes names.
/// </summary>
internal static class TemporaryName
{
    private static readonly SearchValues<byte> Letters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public static byte[] Fresh() =>
        [.. ".mover-tmp-w"u8, .. Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32, lowercase: true)), 0];

    /// <summary>The beginning of a probe's name; what is probed follows it.</summary>
    public static string FreshProbe() => ".mover-tmp-p" + RandomNumberGenerator.GetHexString(32, lowercase: true);

    public static byte[] ForBlocks(EntryPath target, string token) =>
        [.. ".mover-tmp-b"u8, .. Encoding.ASCII.GetBytes($"{Crc64.Compute(target.Name):x16}{token}"), 0];

    /// <summary>True for names made here, and no others that anyone is likely to use.</summary>
    public static bool IsOne(ReadOnlySpan<byte> name) => IsFresh(name) || IsForBlocks(name) || IsProbe(name);

    public static bool IsFresh(ReadOnlySpan<byte> name) =>
        name.StartsWith(".mover-tmp-w"u8) && name.Length == 12 + 32 && !name[12..].ContainsAnyExcept(Letters);

    private static bool IsProbe(ReadOnlySpan<byte> name) =>
        name.StartsWith(".mover-tmp-p"u8) && name.Length > 12 + 32 && !name.Slice(12, 32).ContainsAnyExcept(Letters)
        && !System.Text.Ascii.IsValid(name[(12 + 32)..]);

    public static bool IsForBlocks(ReadOnlySpan<byte> name) =>
        name.StartsWith(".mover-tmp-b"u8) && name.Length is > 12 + 16 and <= 12 + 16 + 32 && !name[12..].ContainsAnyExcept(Letters);
}
