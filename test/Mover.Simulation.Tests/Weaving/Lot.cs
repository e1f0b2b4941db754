namespace Mover.Simulation;

/// <summary>
/// What the product draws at random, from the seed: its calls of <c>Guid.NewGuid</c> and <c>RandomNumberGenerator</c> come here in the
/// simulation's copy of its assemblies.
/// </summary>
public static class Lot
{
    private static Random _random = new(0);

    public static void Begin(int seed) => _random = new(seed);

    public static Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new(bytes, bigEndian: true);
    }

    /// <summary>A planted bug: a scheduled run that is not named for its due time.</summary>
    public static Guid NameOf(Mover.State.Documents.DocumentInfo definition, DateTimeOffset due) => NewGuid();

    public static int GetInt32(int toExclusive) => _random.Next(toExclusive);

    public static int GetInt32(int fromInclusive, int toExclusive) => _random.Next(fromInclusive, toExclusive);

    public static byte[] GetBytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    public static System.Net.NetworkInformation.NetworkInterface[] GetAllNetworkInterfaces() => [];

    public static string GetHexString(int stringLength, bool lowercase)
    {
        var text = Convert.ToHexString(GetBytes((stringLength + 1) / 2))[..stringLength];
        return lowercase ? text.ToLowerInvariant() : text;
    }

    public static void Fill(Span<byte> data) => _random.NextBytes(data);
}
