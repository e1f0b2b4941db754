using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes.Nfs;
using Mover.Volumes.Tests.Local;

namespace Mover.Volumes.Tests.Nfs;

public sealed class NfsVolumeTests(GaneshaServer server) : IClassFixture<GaneshaServer>
{
    public static TheoryData<NfsVersion, string, int> ContractTests
    {
        get
        {
            var data = new TheoryData<NfsVersion, string, int>();
            foreach (var version in (NfsVersion[])[NfsVersion.V3, NfsVersion.V4])
            {
                foreach (var test in typeof(SourceVolumeContract).GetMethods().Where(m => m.IsDefined(typeof(FactAttribute))))
                {
                    for (var i = 0; i < Math.Max(1, test.GetCustomAttributes<InlineDataAttribute>().Count()); i++)
                    {
                        data.Add(version, test.Name, i);
                    }
                }
            }

            return data;
        }
    }

    [RequiresTheory("MOVER_GANESHA")]
    [MemberData(nameof(ContractTests))]
    public async Task The_contract_of_a_source_holds(NfsVersion version, string test, int row)
    {
        using var contract = new Contract(server, version);
        var method = typeof(SourceVolumeContract).GetMethod(test)!;
        var arguments = method.GetCustomAttributes<InlineDataAttribute>().ElementAtOrDefault(row)?.GetData(method).Single();

        await (Task)method.Invoke(contract, arguments)!;
    }

    [RequiresTheory("MOVER_GANESHA")]
    [InlineData(NfsVersion.V3, "source", "")]
    [InlineData(NfsVersion.V4, "source", "")]
    [InlineData(NfsVersion.V3, "source", "source")]
    [InlineData(NfsVersion.V4, "source", "source")]
    [InlineData(NfsVersion.V3, "", "source")]
    public async Task An_export_of_this_host_and_a_target_that_lie_within_each_other_overlap(NfsVersion version, string from, string to)
    {
        var (tree, options) = server.NewTree(version);
        using var owned = tree;
        using var state = new FileTree();
        tree.AddFile("source/precious", "1").AddFile("other", "1");
        await using var source = await NfsVolume.OpenAsync(options with { Subpath = $"{options.Subpath}/{from}" }, default);
        await using var target = new Mover.Volumes.Local.LocalVolume(new(Path.Combine(tree.RootPath, to)) { IsTarget = true });
        var mirror = new TransferOptions { Mode = CopyMode.Mirror, DeleteGuard = new(ShareMax: 1) };

        var summary = await TransferRun.RunAsync(
            source, target, mirror, Path.Combine(state.RootPath, "run"), TimeProvider.System, NullLogger.Instance, default);

        Assert.Equal(StatusCodes.TargetPathInvalid, summary.Fault?.Code);
        Assert.True(File.Exists(Path.Combine(tree.RootPath, "source/precious")));
    }

    [RequiresTheory("MOVER_GANESHA")]
    [InlineData(NfsVersion.V3)]
    [InlineData(NfsVersion.V4)]
    public async Task Hard_names_are_listed_byte_for_byte_and_their_files_read_whole(NfsVersion version)
    {
        var (tree, options) = server.NewTree(version);
        using var owned = tree;
        tree.AddHardThings();
        await using var volume = await NfsVolume.OpenAsync(options, default);
        await using var local = new Mover.Volumes.Local.LocalVolume(new(tree.RootPath));

        var entries = await LocalVolumeTests.AllAsync(volume);

        var expected = await LocalVolumeTests.AllAsync(local);
        Assert.Equal(
            expected.Select(e => (e.Path, e.Type, e.SizeBytes, e.Posix)), entries.Select(e => (e.Path, e.Type, e.SizeBytes, e.Posix)));
        Assert.Equal(
            expected.Where(e => e.Modified?.Seconds >= 0).Select(e => (e.Path, e.Modified, e.IsEmptyFolder)),
            entries.Where(e => !e.Path.Bytes.EndsWith("before"u8)).Select(e => (e.Path, e.Modified, e.IsEmptyFolder)));
        Assert.Equal(
            expected.Where(e => e.Type is EntryType.Symlink).Select(e => Encoding.UTF8.GetString(e.LinkTarget!.Value.Span)),
            entries.Where(e => e.Type is EntryType.Symlink).Select(e => Encoding.UTF8.GetString(e.LinkTarget!.Value.Span)));
        foreach (var entry in entries.Where(e => e.Type is EntryType.File))
        {
            Assert.Equal(entry.SizeBytes, await volume.ReadWholeAsync(entry, new byte[1000], default));
        }
    }

    [RequiresFact("MOVER_GANESHA")]
    public async Task Auto_speaks_version_4_where_the_server_does()
    {
        var (tree, options) = server.NewTree(NfsVersion.Auto);
        using var owned = tree;

        await using var volume = await NfsVolume.OpenAsync(options, default);

        Assert.Equal(4, volume.Version);
    }

    [RequiresTheory("MOVER_GANESHA")]
    [InlineData(NfsVersion.V3)]
    [InlineData(NfsVersion.V4)]
    public async Task What_another_user_may_not_read_is_a_permission_fault(NfsVersion version)
    {
        var (tree, options) = server.NewTree(version);
        using var owned = tree;
        tree.AddFile("open", "1").AddFile("closed", "2", mode: 0x180).AddFile("folder/x", "3");
        File.SetUnixFileMode(Path.Combine(tree.RootPath, "folder"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(tree.RootPath, (UnixFileMode)0x1ED);
        await using var volume = await NfsVolume.OpenAsync(options with { UserId = 12_345, GroupId = 12_345 }, default);

        var entries = await LocalVolumeTests.AllAsync(volume);

        Assert.Equal("closed folder open", string.Join(' ', entries.Select(e => e.Path.ToString())));
        Assert.Equal(VolumeFaultKind.Permission, entries[1].Fault?.Kind);
        Assert.Equal(1, await volume.ReadWholeAsync(entries[2], new byte[1], default));
        var fault = await Assert.ThrowsAsync<VolumeException>(async () => await volume.ReadWholeAsync(entries[0], new byte[1], default));
        Assert.Equal(VolumeFaultKind.Permission, fault.Fault.Kind);
    }

    [RequiresTheory("MOVER_GANESHA")]
    [InlineData(NfsVersion.V3)]
    [InlineData(NfsVersion.V4)]
    public async Task No_connection_reads_another_file_when_its_folder_is_replaced_within_it(NfsVersion version)
    {
        const int Part = 4096;
        var (tree, options) = server.NewTree(version);
        using var owned = tree;
        tree.AddFile("live/f"u8.ToArray(), Enumerable.Repeat((byte)'o', 64 * Part).ToArray(), new UnixTime(1, 0));
        tree.AddFile("next/f"u8.ToArray(), Enumerable.Repeat((byte)'n', 64 * Part).ToArray(), new UnixTime(2, 0));
        await using var volume = await NfsVolume.OpenAsync(options, default);
        var entry = Assert.Single(await LocalVolumeTests.AllAsync(volume), e => e.Path == EntryPath.Of("live/f"));
        await using var reader = await volume.OpenAsync(entry, default);

        Directory.Move(Path.Combine(tree.RootPath, "live"), Path.Combine(tree.RootPath, "before"));
        Directory.Move(Path.Combine(tree.RootPath, "next"), Path.Combine(tree.RootPath, "live"));
        var read = await Task.WhenAll(Enumerable.Range(0, 64).Select(part => ReadAsync(reader, part * Part)));

        Assert.DoesNotContain("n", read);

        static async Task<string> ReadAsync(IEntryReader reader, long offset)
        {
            var bytes = new byte[Part];
            var fault = await Record.ExceptionAsync(async () => await reader.ReadAsync(bytes, offset, default));
            return fault is VolumeException changed ? changed.Fault.Kind.ToString() : Encoding.ASCII.GetString(bytes, 0, 1);
        }
    }

    [RequiresFact("MOVER_GANESHA")]
    public async Task A_missing_export_is_named()
    {
        var (tree, options) = server.NewTree(NfsVersion.V3);
        using var owned = tree;

        var fault = await Assert.ThrowsAsync<VolumeException>(() => NfsVolume.OpenAsync(options with { Subpath = "none" }, default));

        Assert.Equal(VolumeFaultKind.NotFound, fault.Fault.Kind);
    }

    [RequiresFact("MOVER_GANESHA")]
    public async Task A_server_that_does_not_listen_is_a_transport_fault()
    {
        var (tree, options) = server.NewTree(NfsVersion.V4);
        using var owned = tree;

        var fault = await Assert.ThrowsAsync<VolumeException>(() => NfsVolume.OpenAsync(options with { NfsPort = 1 }, default));

        Assert.True(fault.Fault.IsTransient, fault.Fault.ToString());
    }

    private sealed class Contract(GaneshaServer server, NfsVersion version) : SourceVolumeContract, IDisposable
    {
        private readonly List<FileTree> _trees = [];

        public void Dispose() => _trees.ForEach(tree => tree.Dispose());

        protected override async Task<IVolume> MakeAsync(MemoryVolume content)
        {
            var (tree, options) = server.NewTree(version);
            _trees.Add(tree);
            foreach (var path in content.Paths.Where(p => content.Find(p.ToString()).Type is EntryType.File))
            {
                tree.AddFile(path.Bytes.ToArray(), content.Content(path.ToString()), content.Find(path.ToString()).Modified);
            }

            return await NfsVolume.OpenAsync(options, default);
        }

        protected override Task ChangeAsync(string path, byte[] content)
        {
            _trees[^1].AddFile(Encoding.UTF8.GetBytes(path), content, new UnixTime(1, 0));
            return Task.CompletedTask;
        }
    }
}

/// <summary>Servers that die have a class of their own, so that the others keep theirs.</summary>
public sealed class NfsOutageTests(GaneshaServer server) : IClassFixture<GaneshaServer>
{
    [RequiresTheory("MOVER_GANESHA")]
    [InlineData(NfsVersion.V3)]
    [InlineData(NfsVersion.V4)]
    public async Task A_server_that_dies_within_a_file_is_a_transient_fault_and_reading_continues_when_it_is_back(NfsVersion version)
    {
        var (tree, options) = server.NewTree(version);
        using var owned = tree;
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        tree.AddFile("f"u8.ToArray(), content);
        await using var volume = await NfsVolume.OpenAsync(options, default);
        var entry = Assert.Single(await LocalVolumeTests.AllAsync(volume));
        await using var reader = await volume.OpenAsync(entry, default);
        var read = new byte[content.Length];
        await reader.ReadAsync(read.AsMemory(0, 1_000_000), 0, default);

        await server.KillAsync();
        var fault = await Assert.ThrowsAsync<VolumeException>(
            () => reader.ReadAsync(read.AsMemory(1_000_000), 1_000_000, default).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
        await server.StartAsync();
        await reader.ReadAsync(read.AsMemory(1_000_000), 1_000_000, default).AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.True(fault.Fault.IsTransient, fault.Fault.ToString());
        Assert.Equal(content, read);
        await reader.CheckUnchangedAsync(default);
    }
}
