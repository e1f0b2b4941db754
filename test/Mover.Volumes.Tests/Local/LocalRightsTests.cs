using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;

namespace Mover.Volumes.Tests.Local;

/// <summary>A local target with fewer rights than root has.</summary>
public sealed class LocalRightsTests : IDisposable
{
    private const uint User = 1234;
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.UserExecute;
    private static readonly PutOptions Preserve = new(PreserveMetadata: true);
    private readonly FileTree _tree = new();

    public LocalRightsTests() => File.SetUnixFileMode(_tree.RootPath, (UnixFileMode)0x1FF);

    [RequiresFact("MOVER_MOUNT")]
    public void An_ordinary_user_fills_a_folder_without_the_write_bit_and_sets_its_mode_last()
    {
        LimitedThread.AsUser(User, () =>
        {
            using var volume = Closing.Of(Open());
            var folder = Entry("ro", EntryType.Folder);

            volume.Value.PutFolderAsync(folder, Preserve with { IsUnfinished = true }, default).Now();
            var before = ModeOf("ro");
            volume.Value.PutAsync(Entry("ro/f", EntryType.File), "abc"u8.ToArray(), Preserve, default).Now();
            volume.Value.SetMetadataAsync(folder, Found(volume.Value, "ro"), Preserve, default).Now();

            Assert.Equal((UnixFileMode)0x1C0, before);
            Assert.Equal(ReadOnly, ModeOf("ro"));
        });
    }

    [RequiresFact("MOVER_MOUNT")]
    public void An_ordinary_user_replaces_adds_and_deletes_in_a_folder_without_the_write_bit()
    {
        LimitedThread.AsUser(User, () =>
        {
            using var volume = Closing.Of(Open());
            volume.Value.PutFolderAsync(Entry("ro", EntryType.Folder), Preserve with { IsUnfinished = true }, default).Now();
            volume.Value.PutAsync(Entry("ro/f", EntryType.File), "abc"u8.ToArray(), Preserve, default).Now();

            Closed(() => volume.Value.PutAsync(Entry("ro/f", EntryType.File), "xyz"u8.ToArray(), Preserve, default).Now());
            Closed(() => volume.Value.PutLinkAsync(Entry("ro/l", EntryType.Symlink), Preserve, default).Now());
            Closed(() => volume.Value.PutFolderAsync(Entry("ro/d", EntryType.Folder), Preserve, default).Now());
            Closed(() => Blocks(volume.Value, "ro/big"));
            Closed(() => volume.Value.DeleteAsync(Found(volume.Value, "ro/l"), default).Now());
            Closed(() => volume.Value.DeleteAsync(Found(volume.Value, "ro/d"), default).Now());

            Assert.Equal(["big", "f"], Directory.GetFileSystemEntries(Path.Combine(_tree.RootPath, "ro")).Select(Path.GetFileName).Order());
            Assert.Equal("xyz", File.ReadAllText(Path.Combine(_tree.RootPath, "ro/f")));
        });
    }

    [RequiresFact("MOVER_MOUNT")]
    public void A_folder_of_somebody_else_stays_closed()
    {
        _tree.AddFolder("theirs");

        LimitedThread.AsUser(User, () =>
        {
            using var volume = Closing.Of(Open());

            var fault = Assert.Throws<VolumeException>(
                () => volume.Value.PutAsync(Entry("theirs/f", EntryType.File), "abc"u8.ToArray(), Preserve, default).Now());

            Assert.Equal(VolumeFaultKind.Permission, fault.Fault.Kind);
        });
    }

    [RequiresFact("MOVER_MOUNT")]
    public void Root_without_the_right_to_change_owners_stores_the_content_and_counts_the_owners()
    {
        LimitedThread.WithoutChown(() =>
        {
            using var volume = Closing.Of(Open());
            var source = Entry("f", EntryType.File, new PosixAttributes(0x9ED, 5, 6));

            volume.Value.PutAsync(source, "abc"u8.ToArray(), Preserve, default).Now();
            volume.Value.PutLinkAsync(Entry("l", EntryType.Symlink, new PosixAttributes(0x1FF, 5, 6)), Preserve, default).Now();

            var note = Assert.Single(volume.Value.Notes);
            Assert.Equal((StatusCodes.ItemTargetPermission, 2L), (note.Code, note.Items));
            Assert.Equal("abc", File.ReadAllText(Path.Combine(_tree.RootPath, "f")));
            Assert.Equal((UnixFileMode)0x1ED, ModeOf("f"));
            Assert.True(volume.Value.HasSameMetadata(source, Found(volume.Value, "f")));
        });
    }

    [RequiresFact("MOVER_MOUNT")]
    public void With_the_rights_of_the_agents_unit_owners_and_all_bits_of_modes_arrive()
    {
        var unit = File.ReadAllLines(UnitPath());
        var rights = unit.Single(line => line.StartsWith("CapabilityBoundingSet=", StringComparison.Ordinal)).Split('=', ' ')[1..];

        LimitedThread.With(rights, () =>
        {
            using var volume = Closing.Of(Open());
            volume.Value.PutFolderAsync(Entry("shared", EntryType.Folder, new PosixAttributes(0x5FD, 5, 6)), Preserve, default).Now();
            volume.Value.PutAsync(Entry("shared/tool", EntryType.File, new PosixAttributes(0xDED, 5, 6)), "abc"u8.ToArray(), Preserve, default).Now();

            Assert.Equal(((UnixFileMode)0x5FD, (UnixFileMode)0xDED), (ModeOf("shared"), ModeOf("shared/tool")));
            Assert.Empty(volume.Value.Notes);
        });

        // This one has chmod refuse such modes, whatever rights there are.
        Assert.DoesNotContain(unit, line => line.StartsWith("RestrictSUIDSGID=", StringComparison.Ordinal));
    }

    [RequiresFact("MOVER_MOUNT")]
    public void An_ordinary_user_counts_the_owners_that_are_not_his_own()
    {
        LimitedThread.AsUser(User, () =>
        {
            using var volume = Closing.Of(Open());

            volume.Value.PutAsync(Entry("mine", EntryType.File), "1"u8.ToArray(), Preserve, default).Now();
            volume.Value.PutAsync(Entry("theirs", EntryType.File, new PosixAttributes(0x1A4, 5, 6)), "1"u8.ToArray(), Preserve, default).Now();

            Assert.Equal(1, Assert.Single(volume.Value.Notes).Items);
        });
    }

    [RequiresTheory("MOVER_MOUNT")]
    [InlineData(0x3F, 0x180, 0x1C0)]
    [InlineData(0x12, 0x1A4, 0x1ED)]
    [InlineData(0x02, 0x1B4, 0x1FD)]
    public void Without_preserved_metadata_the_umask_decides(int umask, int file, int folder)
    {
        LimitedThread.WithUmask(umask, () =>
        {
            using var volume = Closing.Of(Open());

            volume.Value.PutFolderAsync(Entry("d", EntryType.Folder), new(PreserveMetadata: false), default).Now();
            volume.Value.PutAsync(Entry("d/f", EntryType.File), "1"u8.ToArray(), new(PreserveMetadata: false), default).Now();

            Assert.Equal(((UnixFileMode)file, (UnixFileMode)folder), (ModeOf("d/f"), ModeOf("d")));
        });
    }

    public void Dispose() => _tree.Dispose();

    private void Closed(Action act)
    {
        File.SetUnixFileMode(Path.Combine(_tree.RootPath, "ro"), ReadOnly);
        act();
    }

    private static string UnitPath()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Mover.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The repository is not above the tests.");
        }

        return Path.Combine(folder, "deploy/systemd/mover-agent.service");
    }

    private static void Blocks(LocalVolume volume, string path)
    {
        var content = new byte[3];
        var writer = volume.OpenBlocksAsync(Entry(path, EntryType.File), 3, "Token", default).Now();
        writer.WriteAsync(0, content, Transfer.Digests.Crc64.Compute(content), default).Now();
        writer.CommitAsync(1, Preserve, default).Now();
        writer.DisposeAsync().Now();
    }

    private UnixFileMode ModeOf(string path) => File.GetUnixFileMode(Path.Combine(_tree.RootPath, path));

    private static Entry Found(LocalVolume volume, string path) => volume.FindAsync(EntryPath.Of(path), default).Now()!;

    private static Entry Entry(string path, EntryType type, PosixAttributes? posix = null) => new()
    {
        Path = EntryPath.Of(path),
        Type = type,
        SizeBytes = type is EntryType.File ? 3 : 0,
        LinkTarget = type is EntryType.Symlink ? (ReadOnlyMemory<byte>?)"elsewhere"u8.ToArray() : null,
        Posix = posix ?? new(type is EntryType.Folder ? 0x140 : 0x1A4, User, User),
    };

    private LocalVolume Open() => new(new LocalVolumeOptions(_tree.RootPath) { IsTarget = true });
}

/// <summary>What local volumes answer is there at once, and must stay on the thread with the fewer rights.</summary>
internal static class Closing
{
    public static Holder Of(LocalVolume volume) => new(volume);

#pragma warning disable VSTHRD002 // It is completed.
    public static void Now(this ValueTask task)
    {
        Assert.True(task.IsCompleted);
        task.GetAwaiter().GetResult();
    }

    public static T Now<T>(this ValueTask<T> task)
    {
        Assert.True(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }
#pragma warning restore VSTHRD002

    internal readonly struct Holder(LocalVolume volume) : IDisposable
    {
        public LocalVolume Value => volume;

        public void Dispose() => volume.DisposeAsync().Now();
    }
}
