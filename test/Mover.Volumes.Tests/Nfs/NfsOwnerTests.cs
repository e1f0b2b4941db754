using System.Runtime.InteropServices;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;
using Mover.Volumes.Nfs;
using Mover.Volumes.Tests.AzureBlob;
using Mover.Volumes.Tests.Local;

namespace Mover.Volumes.Tests.Nfs;

/// <summary>What the driver makes of owners that a server sends by name.</summary>
public sealed partial class NfsOwnerTests(NamedOwnersServer server) : IClassFixture<NamedOwnersServer>
{
    private const uint Unknown = PosixAttributes.UnknownId;

    /// <summary>root; one that the server and this host know; one that only the server knows; one that neither does.</summary>
    private static readonly uint[] Ids = [0, 1, 31_001, 54_321];

    [RequiresFact("MOVER_GANESHA")]
    public async Task Version_3_has_the_numbers_of_all_owners()
    {
        var (tree, options) = Make(NfsVersion.V3);
        using var owned = tree;
        await using var volume = await NfsVolume.OpenAsync(options, default);

        var owners = await OwnersAsync(volume);

        Assert.Equal(Ids.Select(id => (id, id)), owners);
    }

    [RequiresFact("MOVER_GANESHA")]
    public async Task Version_4_knows_no_owner_that_comes_by_name_and_counts_the_items()
    {
        var (tree, options) = Make(NfsVersion.V4);
        using var owned = tree;
        await using var volume = await NfsVolume.OpenAsync(options, default);

        var owners = await OwnersAsync(volume);
        var again = await OwnersAsync(volume);

        Assert.Equal([(Unknown, Unknown), (Unknown, Unknown), (Unknown, Unknown), (54_321u, 54_321u)], owners);
        Assert.Equal(owners, again);
        var note = Assert.Single(volume.Notes);
        Assert.Equal((StatusCodes.ItemOther, 3), (note.Code, note.Items));
        Assert.Contains("NFSv3", note.Message, StringComparison.Ordinal);
    }

    [RequiresTheory("MOVER_GANESHA")]
    [InlineData(0)]
    [InlineData(54_321)]
    public async Task Auto_takes_version_3_where_version_4_has_names_for_owners(uint ownerOfRoot)
    {
        var (tree, options) = Make(NfsVersion.Auto);
        using var owned = tree;
        Assert.Equal(0, ChangeOwner(tree.RootPath, ownerOfRoot, ownerOfRoot));
        await using var volume = await NfsVolume.OpenAsync(options, default);

        var owners = await OwnersAsync(volume);

        Assert.Equal(Ids.Select(id => (id, id)), owners);
        Assert.Equal(3, volume.Version);
        Assert.Empty(volume.Notes);
    }

    [RequiresFact("MOVER_GANESHA")]
    public async Task Auto_stays_with_version_4_where_the_server_has_no_version_3_and_counts_the_items()
    {
        var (tree, options) = Make(NfsVersion.Auto);
        using var owned = tree;
        await using var volume = await NfsVolume.OpenAsync(options with { MountPort = 1 }, default);

        var owners = await OwnersAsync(volume);

        Assert.Equal((Unknown, Unknown), owners[0]);
        Assert.Equal((4, 3), (volume.Version, Assert.Single(volume.Notes).Items));
    }

    [RequiresFact("MOVER_GANESHA")]
    public async Task A_copy_sets_no_owner_that_is_not_known_and_leaves_the_set_id_bits_out()
    {
        var (tree, options) = Make(NfsVersion.V4);
        using var owned = tree;
        tree.AddFile("tool", "x", mode: 0x9ED);
        using var target = new FileTree();
        target.AddFile("tool", "old", mode: 0x1A4);
        Assert.Equal(0, ChangeOwner($"{target.RootPath}/tool", 77, 78));
        await using var volume = await NfsVolume.OpenAsync(options, default);
        await using var local = new LocalVolume(new(target.RootPath) { IsTarget = true });
        using var bench = new BlobBench(volume, local);

        var outcome = await bench.OutcomeOfAsync("tool");
        var second = await bench.CopyAsync();

        await using var numbers = new LocalVolume(new(target.RootPath));
        var stored = (await numbers.FindAsync(EntryPath.Of("tool"), default))!.Posix!.Value;
        Assert.Equal(ItemResult.Transferred, outcome.Result);
        Assert.Equal((0x1ED, 0, 0), (stored.Mode, second.Counters.ItemsTransferred, second.Counters.ItemsFailed));
        Assert.DoesNotContain(65_534u, new[] { stored.UserId, stored.GroupId });
        Assert.Equal(StatusCodes.ItemOther, Assert.Single(second.Notes).Code);
    }

    private (FileTree Tree, NfsOptions Options) Make(NfsVersion version)
    {
        var (tree, options) = server.NewTree(version);
        foreach (var id in Ids)
        {
            tree.AddFile($"owned-by-{id,5:D5}", "x");
            Assert.Equal(0, ChangeOwner($"{tree.RootPath}/owned-by-{id,5:D5}", id, id));
        }

        return (tree, options);
    }

    private static async Task<(uint User, uint Group)[]> OwnersAsync(NfsVolume volume)
    {
        var entries = await LocalVolumeTests.AllAsync(volume);
        return [.. entries.Select(e => (e.Posix!.Value.UserId, e.Posix.Value.GroupId))];
    }

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
