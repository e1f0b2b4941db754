using System.Security.Cryptography;

namespace Mover.Transfer.Digests;

/// <summary>
/// MD5 of content, as <c>Content-MD5</c> stores it: a check against accidents, never against attackers.
/// One instance digests one stream at a time and is reused; not thread-safe.
/// </summary>
public sealed class Md5 : IDisposable
{
    /// <summary>Length of the digest in bytes.</summary>
    public const int SizeBytes = 16;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);

    /// <summary>Writes the digest of <paramref name="content"/> into the first 16 bytes of <paramref name="digest"/> without
    /// allocating.</summary>
#pragma warning disable CA5351 // The wire formats store MD5; nothing is protected by it.
    public static void Compute(ReadOnlySpan<byte> content, Span<byte> digest) => MD5.HashData(content, digest);
#pragma warning restore CA5351

    /// <summary>Goes on with <paramref name="content"/>.</summary>
    public void Append(ReadOnlySpan<byte> content) => _hash.AppendData(content);

    /// <summary>Writes the digest into the first 16 bytes of <paramref name="digest"/> and starts anew.</summary>
    public void Finish(Span<byte> digest) => _hash.GetHashAndReset(digest);

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
