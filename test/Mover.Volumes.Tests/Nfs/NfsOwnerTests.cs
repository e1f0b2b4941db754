using System.Runtime.InteropServices;
using Mover.Testing;
using Mover.Volumes.Nfs;
using Mover.Volumes.Tests.Local;

namespace Mover.Volumes.Tests.Nfs;

/// <summary>What the driver makes of owners that a server sends by name.</summary>
public sealed partial class NfsOwnerTests(NamedOwnersServer server) : IClassFixture<NamedOwnersServer>
{
    /// <summary>root; one that the server and this host know; one that only the server knows; one that neither does.</summary>
    private static readonly uint[] Ids = [0, 1, 31_001, 54_321];

    [RequiresFact("MOVER_GANESHA")]
    public async Task Version_3_has_the_numbers_of_all_owners()
    {
        var owners = await OwnersAsync(NfsVersion.V3);

        Assert.Equal(Ids.Select(id => (id, id)), owners);
    }

    [RequiresFact("MOVER_GANESHA")]
    public async Task Version_4_has_the_overflow_id_for_owners_that_come_by_name_and_the_number_of_others()
    {
        var owners = await OwnersAsync(NfsVersion.V4);

        Assert.Equal([(65_534u, 65_534u), (65_534u, 65_534u), (65_534u, 65_534u), (54_321u, 54_321u)], owners);
    }

    private async Task<(uint User, uint Group)[]> OwnersAsync(NfsVersion version)
    {
        var (tree, options) = server.NewTree(version);
        using var owned = tree;
        foreach (var id in Ids)
        {
            tree.AddFile($"owned-by-{id,5:D5}", "x");
            Assert.Equal(0, ChangeOwner($"{tree.RootPath}/owned-by-{id,5:D5}", id, id));
        }

        await using var volume = await NfsVolume.OpenAsync(options, default);
        var entries = await LocalVolumeTests.AllAsync(volume);
        return [.. entries.Select(e => (e.Posix!.Value.UserId, e.Posix.Value.GroupId))];
    }

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
