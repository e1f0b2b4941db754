using System.Text;

namespace Mover.State;

/// <summary>The contract's limits and refusals, the same for every engine. Pure.</summary>
internal static class StateRules
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What callers may use: the limits of the contract.</summary>
    public static readonly CommitLimits OfCallers = new(
        StateLimits.CommitOperationsMax, StateLimits.CommitBytesMax, StateLimits.KeyBytesMax);

    /// <summary>What engines take: beside that the fence, a mirror's position, and the root of a generation.</summary>
    public static readonly CommitLimits OfEngines = new(
        StateLimits.CommitOperationsMax + 4, StateLimits.CommitBytesMax + (64 * 1024), StateLimits.KeyBytesMax + 32);

    /// <summary>The key as the engines order it; refuses empty, overlong and ill-formed ones.</summary>
    public static byte[] Key(string key, CommitLimits? limits = null)
    {
        var bytes = Prefix(key, limits);
        return bytes.Length == 0 ? throw Exceeded("A key must have at least one character.") : bytes;
    }

    /// <summary>A prefix as the engines order it; it may be empty.</summary>
    public static byte[] Prefix(string prefix, CommitLimits? limits = null)
    {
        try
        {
            var bytes = Strict.GetBytes(prefix);
            var most = (limits ?? OfEngines).KeyBytes;
            return bytes.Length <= most ? bytes : throw Exceeded($"A key of {bytes.Length} bytes exceeds the limit of {most}.");
        }
        catch (EncoderFallbackException malformed)
        {
            throw new StateException(StateFault.LimitExceeded, "A key is not well-formed text.", malformed);
        }
    }

    /// <summary>The key as text.</summary>
    public static string Text(ReadOnlySpan<byte> key) => Strict.GetString(key);

    /// <summary>The first key after all that start with the prefix; UTF-8 has no byte 0xFF, so that ends an empty one.</summary>
    public static byte[] PrefixEnd(ReadOnlySpan<byte> prefix)
    {
        if (prefix.IsEmpty)
        {
            return [0xFF];
        }

        var end = prefix.ToArray();
        end[^1]++;
        return end;
    }

    /// <summary>The first key of a listing, and the first one behind all that it may hold.</summary>
    public static (byte[] Start, byte[] End) Range(string prefix, string? after, CommitLimits? limits = null)
    {
        var start = Prefix(prefix, limits);
        var end = PrefixEnd(start);
        if (after is null)
        {
            return (start, end);
        }

        // The next key in byte order is the same one with a zero byte behind it.
        byte[] next = [.. Prefix(after, limits), 0];
        return (next.AsSpan().SequenceCompareTo(start) > 0 ? next : start, end);
    }

    /// <summary>The keys of one read; refuses too many.</summary>
    public static byte[][] Keys(IReadOnlyList<string> keys, CommitLimits? limits = null)
    {
        if (keys.Count > StateLimits.CommitOperationsMax)
        {
            throw Exceeded($"A read of {keys.Count} keys exceeds the limit of {StateLimits.CommitOperationsMax}.");
        }

        var bytes = new byte[keys.Count][];
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] = Key(keys[at], limits);
        }

        return bytes;
    }

    /// <summary>Refuses a page size out of range.</summary>
    public static void CheckPage(int limit)
    {
        if (limit is < 1 or > StateLimits.PageEntriesMax)
        {
            throw Exceeded($"A page of {limit} entries is outside the range 1 to {StateLimits.PageEntriesMax}.");
        }
    }

    /// <summary>Refuses a time to live out of range.</summary>
    public static void CheckLease(TimeSpan timeToLive)
    {
        if (timeToLive < StateLimits.LeaseMin || timeToLive > StateLimits.LeaseMax)
        {
            throw Exceeded($"A lease of {timeToLive} is outside the range {StateLimits.LeaseMin} to {StateLimits.LeaseMax}.");
        }
    }

    /// <summary>Refuses too many or too large conditions and writes, and a key written twice; answers the keys as bytes.</summary>
    public static (byte[][] Conditions, byte[][] Writes) CheckCommit(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CommitLimits? limits = null)
    {
        var most = limits ?? OfEngines;
        if (conditions.Count > most.Operations || writes.Count > most.Operations)
        {
            throw Exceeded(
                $"A commit of {conditions.Count} conditions and {writes.Count} writes exceeds the limit of {most.Operations} each.");
        }

        var bytes = 0L;
        var conditionKeys = new byte[conditions.Count][];
        for (var at = 0; at < conditionKeys.Length; at++)
        {
            conditionKeys[at] = Key(conditions[at].Key, most);
            bytes += 2L * conditionKeys[at].Length;
        }

        var writeKeys = new byte[writes.Count][];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < writeKeys.Length; at++)
        {
            writeKeys[at] = Key(writes[at].Key, most);
            var value = writes[at].Value?.Length ?? 0;
            bytes += writeKeys[at].Length + value;
            CheckWrite(writes[at].Key, value, seen);
        }

        return bytes <= most.Bytes
            ? (conditionKeys, writeKeys)
            : throw Exceeded($"A commit of {bytes} bytes exceeds the limit of {most.Bytes}.");
    }

    private static void CheckWrite(string key, int valueBytes, HashSet<string> seen)
    {
        if (valueBytes > StateLimits.ValueBytesMax)
        {
            throw Exceeded($"The value of '{key}' has {valueBytes} bytes, which exceeds the limit of {StateLimits.ValueBytesMax}.");
        }

        if (!seen.Add(key))
        {
            throw new ArgumentException($"The commit writes the key '{key}' twice.", nameof(key));
        }
    }

    private static StateException Exceeded(string message) => new(StateFault.LimitExceeded, message);
}

/// <summary>How large a commit may be.</summary>
/// <param name="Operations">Conditions and, separately, writes.</param>
/// <param name="Bytes">Keys and values together, the keys of conditions twice.</param>
/// <param name="KeyBytes">One key.</param>
internal sealed record CommitLimits(int Operations, int Bytes, int KeyBytes);
