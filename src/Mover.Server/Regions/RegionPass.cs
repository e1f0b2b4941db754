using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Mover.Server.DataFolders;
using Mover.Server.Keys;

namespace Mover.Server.Regions;

/// <summary>
/// How the servers of two regions know each other: they have the same key ring. A pass is a moment and the region that made it, wrapped
/// with
/// the ring; whoever unwraps it knows that its maker could. It goes over TLS to a server of the pair alone, and holds for
/// <see cref="Life"/>. Safe for concurrent use.
/// </summary>
internal sealed class RegionPass(KeyRing ring, string region, TimeProvider clock)
{
    /// <summary>The scheme of the Authorization header.</summary>
    public const string Scheme = "MoverRegion";

    /// <summary>How long a pass holds; also what clocks of two regions may differ.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private const int ContentBytesMax = 256;
    private readonly Lock _gate = new();
    private (string Pass, DateTimeOffset MadeAt)? _made;
    private (string Pass, string Region, long Ticks)? _checked;

    private static ReadOnlySpan<byte> Magic => "mover region v1\n"u8;

    /// <summary>A pass of this region's.</summary>
    public async ValueTask<string> MakeAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            if (_made is { } made && now - made.MadeAt < Life / 4 && now >= made.MadeAt)
            {
                return made.Pass;
            }
        }

        var content = new byte[Magic.Length + 8 + 16 + Encoding.UTF8.GetByteCount(region)];
        Magic.CopyTo(content);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(Magic.Length), now.UtcTicks);
        RandomNumberGenerator.Fill(content.AsSpan(Magic.Length + 8, 16));
        Encoding.UTF8.GetBytes(region, content.AsSpan(Magic.Length + 24));
        var wrapped = await ring.WrapAsync(content, cancel);
        var pass = $"{wrapped.KeyId}.{Convert.ToBase64String(wrapped.Bytes)}";
        lock (_gate)
        {
            _made = (pass, now);
        }

        return pass;
    }

    /// <summary>The region that made a pass; null when it is none, or has expired.</summary>
    public async ValueTask<string?> CheckAsync(string? pass, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (_checked is { } known && known.Pass == pass && IsFresh(known.Ticks))
            {
                return known.Region;
            }
        }

        var dot = pass?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        var bytes = new byte[ContentBytesMax * 2];
        if (pass is null || dot <= 0 || !Convert.TryFromBase64String(pass[(dot + 1)..], bytes, out var length))
        {
            return null;
        }

        byte[] content;
        try
        {
            content = await ring.UnwrapAsync(new(pass[..dot], bytes[..length]), cancel);
        }
        catch (DataFolderException)
        {
            // Made with another ring, or made up.
            return null;
        }

        if (content.Length <= Magic.Length + 24 || content.Length > ContentBytesMax || !content.AsSpan().StartsWith(Magic))
        {
            return null;
        }

        var ticks = BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(Magic.Length));
        var from = Encoding.UTF8.GetString(content.AsSpan(Magic.Length + 24));
        if (!IsFresh(ticks))
        {
            return null;
        }

        lock (_gate)
        {
            _checked = (pass, from, ticks);
        }

        return from;
    }

    private bool IsFresh(long ticks) =>
        ticks >= 0 && ticks <= DateTime.MaxValue.Ticks && Math.Abs(clock.GetUtcNow().UtcTicks - ticks) <= Life.Ticks;
}
