using Mover.Server.Keys;
using Mover.Server.Regions;

namespace Mover.Server.Tests.Regions;

/// <summary>How the servers of two regions know each other.</summary>
public sealed class RegionPassTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestClock _clock = new(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_pass_tells_the_region_that_made_it_while_it_holds()
    {
        var ring = Ring("ring");
        var pass = await new RegionPass(ring, "westus", _clock).MakeAsync(default);
        var other = new RegionPass(ring, "eastus", _clock);

        var atOnce = await other.CheckAsync(pass, default);
        _clock.Now += RegionPass.Life - TimeSpan.FromSeconds(1);
        var inTime = await other.CheckAsync(pass, default);
        _clock.Now += TimeSpan.FromSeconds(2);
        var late = await other.CheckAsync(pass, default);
        var lateElsewhere = await new RegionPass(ring, "eastus", _clock).CheckAsync(pass, default);

        Assert.Equal(("westus", "westus"), (atOnce, inTime));
        Assert.Null(late);
        Assert.Null(lateElsewhere);
    }

    [Fact]
    public async Task A_changed_forged_or_foreign_region_pass_is_invalid()
    {
        var (ring, other) = (Ring("ring"), Ring("other"));
        var pass = await new RegionPass(ring, "westus", _clock).MakeAsync(default);
        var checking = new RegionPass(ring, "eastus", _clock);
        var random = new Random(3);

        for (var round = 0; round < 300; round++)
        {
            var changed = pass.ToCharArray();
            var at = random.Next(changed.Length - 4);
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            Assert.Null(await checking.CheckAsync(new string(changed), default));
        }

        foreach (var made in new[] { null, "", ".", "x.", ".AAAA", "nokey.AAAA", pass[..^4], new string('A', 100_000) })
        {
            Assert.Null(await checking.CheckAsync(made, default));
        }

        Assert.Null(await checking.CheckAsync(await new RegionPass(other, "westus", _clock).MakeAsync(default), default));

        // What the ring wraps for the identity is no pass.
        var wrapped = await ring.WrapAsync(new byte[32], default);
        Assert.Null(await checking.CheckAsync($"{wrapped.KeyId}.{Convert.ToBase64String(wrapped.Bytes)}", default));
    }

    private KeyRing Ring(string name)
    {
        var path = _folder.At(name);
        File.WriteAllText(path, RingKeys.MakeLine());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return KeyRing.Of(path, _folder.Path);
    }
}
