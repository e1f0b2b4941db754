using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mover.Core.Access;

namespace Mover.Server.Access;

/// <summary>
/// Callers whose tokens were checked: checking a signature again for each request of the same token costs more than the rest of a GET. A
/// token is known by its digest, never kept itself, and forgotten when it ends. Safe for concurrent use.
/// </summary>
internal sealed class TokenCache
{
    /// <summary>Tokens that are known at once.</summary>
    public const int TokensMax = 10_000;

    private readonly ConcurrentDictionary<Digest, Known> _known = new();

    /// <summary>The caller of a token that was checked for the audience and has not ended; null when it has to be checked.</summary>
    public Principal? Find(string token, string audience, DateTimeOffset now)
    {
        var digest = DigestOf(token, audience);
        if (!_known.TryGetValue(digest, out var known))
        {
            return null;
        }

        if (now < known.End)
        {
            return known.Principal;
        }

        _known.TryRemove(digest, out _);
        return null;
    }

    /// <summary>Remembers the caller until the token ends.</summary>
    public void Add(string token, string audience, Principal principal, DateTimeOffset end, DateTimeOffset now)
    {
        if (_known.Count >= TokensMax)
        {
            Forget(now);
        }

        _known[DigestOf(token, audience)] = new(principal, end);
    }

    // Those that have ended; all when none has: they are checked again, which is slower and never wrong.
    private void Forget(DateTimeOffset now)
    {
        foreach (var (digest, known) in _known)
        {
            if (known.End <= now)
            {
                _known.TryRemove(digest, out _);
            }
        }

        if (_known.Count >= TokensMax)
        {
            _known.Clear();
        }
    }

    // Both texts are hashed whole: their characters as they are, with a character between that neither holds.
    private static Digest DigestOf(string token, string audience)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(audience.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes("\n".AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(token.AsSpan()));
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(bytes);
        return MemoryMarshal.Read<Digest>(bytes);
    }

    private readonly record struct Digest(Int128 High, Int128 Low);

    private sealed record Known(Principal Principal, DateTimeOffset End);
}
