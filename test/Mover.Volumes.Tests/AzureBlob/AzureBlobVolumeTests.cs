using System.Security.Cryptography;
using System.Text;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;
using Mover.Volumes.AzureBlob;

namespace Mover.Volumes.Tests.AzureBlob;

[Collection(AzuriteTests.Name)]
public sealed class AzureBlobVolumeTests(AzuriteServer server)
{
    private static readonly PutOptions Preserve = new(true);

    [RequiresFact("MOVER_AZURITE")]
    public async Task Every_awkward_name_reads_back_as_the_same_bytes_and_is_listed_so()
    {
        string[] names =
        [
            "%", "%2F", "?q=1", "#frag", "a+b", " lead", "trail ", "quo\"te'", "<&>;", "e\u0301 \u00e9", "😀/🚚", "semi;colon,comma", "~tilde!$()*@:",
            "..leading", "a..b", ".hidden", "...x/y", "\u202Ertl", "comp=list&restype=container", "sn|pipe", "[x]{y}^`",
        ];
        await using var volume = await server.MakeVolumeAsync("root %41");

        foreach (var name in names)
        {
            Assert.Null(volume.Judge(File(name, 4)));
            await volume.PutAsync(File(name, 4), "text"u8.ToArray(), Preserve, default);
            var found = await volume.FindAsync(EntryPath.Of(name), default);
            Assert.Equal(4, found?.SizeBytes);
        }

        var listed = (await ScanAsync(volume)).Select(e => e.Path.ToString());
        var written = names.Select(n => EntryPath.Of(n).ToString());
        Assert.Equal(written.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [RequiresTheory("MOVER_AZURITE")]
    [InlineData("", true)]
    [InlineData("full", true)]
    [InlineData("empty", true)]
    [InlineData("file", false)]
    [InlineData("none", false)]
    [InlineData("ful", false)]
    public async Task A_missing_source_folder_is_not_an_empty_one(string folder, bool isThere)
    {
        var container = await server.MakeContainerAsync();
        await using var root = server.Open(container, server.SharedKey());
        await root.PutAsync(File("full/f", 1), "x"u8.ToArray(), Preserve, default);
        await root.PutAsync(File("file", 1), "x"u8.ToArray(), Preserve, default);
        await root.PutFolderAsync(new Entry { Path = EntryPath.Of("empty"), Type = EntryType.Folder }, Preserve, default);
        await using var volume = server.Open(container, server.SharedKey(), folder);

        await volume.CheckAsync(isTarget: true, default);
        var fault = await Record.ExceptionAsync(async () => await volume.CheckAsync(isTarget: false, default)) as VolumeException;

        Assert.Equal(isThere ? null : VolumeFaultKind.NotFound, fault?.Fault.Kind);
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task Pages_follow_each_other_without_gaps()
    {
        await using var volume = await server.MakeVolumeAsync(options: new AzureBlobOptions { PageItemsMax = 3 });
        for (var i = 0; i < 10; i++)
        {
            await volume.PutAsync(File($"f{i}", 1), "x"u8.ToArray(), Preserve, default);
        }

        var names = (await ScanAsync(volume)).Select(e => e.Path.ToString());

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"f{i}"), names);
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task Attributes_come_back_to_the_nanosecond_from_listing_and_from_lookup()
    {
        await using var volume = await server.MakeVolumeAsync();
        var source = new Entry
        {
            Path = EntryPath.Of("f"), Type = EntryType.File, SizeBytes = 1,
            Modified = new UnixTime(-5, 999_999_999), Accessed = new UnixTime(1_700_000_000, 1), Changed = new UnixTime(40_000_000_000, 7),
            Created = new UnixTime(0, 0), Posix = new PosixAttributes(0xFFF, uint.MaxValue, 0),
        };

        await volume.PutAsync(source, "x"u8.ToArray(), Preserve, default);

        foreach (var target in (Entry?[])[await volume.FindAsync(source.Path, default), Assert.Single(await ScanAsync(volume))])
        {
            Assert.NotNull(target);
            Assert.Equal(
                (source.Modified, source.Accessed, source.Changed, source.Created, source.Posix),
                (target.Modified, target.Accessed, target.Changed, target.Created, target.Posix));
            Assert.True(volume.HasSameMetadata(source, target));
        }
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task An_owner_that_is_not_known_is_left_out_and_the_one_that_is_there_stays()
    {
        await using var volume = await server.MakeVolumeAsync();
        var known = File("f", 1);
        var source = new Entry
        {
            Path = known.Path, Type = EntryType.File, SizeBytes = 1, Modified = known.Modified,
            Posix = new PosixAttributes(0x180, PosixAttributes.UnknownId, PosixAttributes.UnknownId),
        };

        await volume.PutAsync(source, "x"u8.ToArray(), Preserve, default);
        var stored = Assert.Single(await ScanAsync(volume));
        await volume.PutAsync(known, "x"u8.ToArray(), Preserve, default);
        await volume.SetMetadataAsync(source, Assert.Single(await ScanAsync(volume)), Preserve, default);
        var changed = Assert.Single(await ScanAsync(volume));

        Assert.Equal(source.Posix, stored.Posix);
        Assert.Equal(MemoryVolume.SomePosix with { Mode = 0x180 }, changed.Posix);
        Assert.True(volume.HasSameMetadata(source, stored) && volume.HasSameMetadata(source, changed));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task Without_preserving_only_the_time_is_kept()
    {
        await using var volume = await server.MakeVolumeAsync();

        await volume.PutAsync(File("f", 1), "x"u8.ToArray(), new PutOptions(false), default);

        var target = await volume.FindAsync(EntryPath.Of("f"), default);
        Assert.Equal((MemoryVolume.SomeTime, null), (target?.Modified, target?.Posix));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task The_given_md5_is_stored_for_whole_files_blocks_and_metadata_changes()
    {
        await using var volume = await server.MakeVolumeAsync();
        var content = "some content"u8.ToArray();
        var md5 = new byte[Md5.SizeBytes];
        Md5.Compute(content, md5);
        var options = Preserve with { ContentMd5 = md5 };

        await volume.PutAsync(File("whole", content.Length), content, options, default);
        await using var writer = await volume.OpenBlocksAsync(File("blocks", content.Length), 4096, "T", default);
        await writer.WriteAsync(0, content, Crc64.Compute(content), default);
        await writer.CommitAsync(1, options, default);
        await using var without = await volume.OpenBlocksAsync(File("later", content.Length), 4096, "T", default);
        await without.WriteAsync(0, content, Crc64.Compute(content), default);
        await without.CommitAsync(1, Preserve, default);
        var later = await volume.FindAsync(EntryPath.Of("later"), default);
        await volume.SetMetadataAsync(File("later", content.Length), Assert.IsType<Entry>(later), options, default);

        Assert.All(await ScanAsync(volume), e => Assert.Equal(md5, e.ContentMd5?.ToArray()));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_link_keeps_its_text_and_resolves_inside_the_container_only()
    {
        await using var volume = await server.MakeVolumeAsync();
        await volume.PutAsync(File("folder/file", 4), "text"u8.ToArray(), Preserve, default);
        foreach (var (name, target) in new[] { ("folder/link", "./file"), ("outside", "../../etc/passwd"), ("dangling", "nowhere"), ("loop", "loop") })
        {
            await volume.PutLinkAsync(Link(name, target), Preserve, default);
        }

        var links = (await ScanAsync(volume)).Where(e => e.Type is EntryType.Symlink).ToDictionary(e => e.Path.ToString(), StringComparer.Ordinal);

        Assert.Equal(EntryPath.Of("folder/file"), (await volume.ResolveAsync(links["folder/link"], default)).Resolved?.ResolvedPath);
        Assert.NotNull((await volume.ResolveAsync(links["outside"], default)).Fault);
        Assert.NotNull((await volume.ResolveAsync(links["dangling"], default)).Fault);
        Assert.NotNull((await volume.ResolveAsync(links["loop"], default)).Fault);
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task What_was_replaced_since_it_was_seen_is_neither_deleted_nor_read_nor_changed()
    {
        await using var volume = await server.MakeVolumeAsync();
        await volume.PutAsync(File("f", 1), "x"u8.ToArray(), Preserve, default);
        var seen = Assert.Single(await ScanAsync(volume));
        await volume.PutAsync(File("f", 1), "y"u8.ToArray(), Preserve, default);

        Func<Task>[] calls =
        [
            async () => await volume.DeleteAsync(seen, default),
            async () => await volume.ReadWholeAsync(seen, new byte[10], default),
            async () => await volume.SetMetadataAsync(Newer("f"), seen, Preserve, default),
        ];

        foreach (var call in calls)
        {
            Assert.Equal(VolumeFaultKind.Changed, (await Assert.ThrowsAsync<VolumeException>(call)).Fault.Kind);
        }
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task What_is_sent_again_because_its_answer_was_lost_is_done_once()
    {
        await using var volume = await server.MakeVolumeAsync();
        await volume.PutAsync(File("f", 1), "x"u8.ToArray(), Preserve, default);
        var seen = Assert.Single(await ScanAsync(volume));
        await using var blocks = await volume.OpenBlocksAsync(File("g", 1), 4 * 1024 * 1024, "token", default);
        await blocks.WriteAsync(0, "g"u8.ToArray(), Crc64.Compute("g"u8), default);

        for (var sending = 0; sending < 2; sending++)
        {
            await volume.SetMetadataAsync(Newer("f"), seen, Preserve, default);
            await blocks.CommitAsync(1, Preserve, default);
        }

        Assert.Equal([Newer("f").Modified, File("g", 1).Modified], (await ScanAsync(volume)).Select(entry => entry.Modified));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_folder_marker_with_content_below_is_not_deleted()
    {
        await using var volume = await server.MakeVolumeAsync();
        await volume.PutFolderAsync(new Entry { Path = EntryPath.Of("a b"), Type = EntryType.Folder }, Preserve, default);
        await volume.PutAsync(File("a b/f", 1), "x"u8.ToArray(), Preserve, default);
        var folder = (await ScanAsync(volume)).First();

        await Assert.ThrowsAsync<VolumeException>(async () => await volume.DeleteAsync(folder, default));
        await volume.DeleteAsync((await ScanAsync(volume))[1], default);
        await volume.DeleteAsync(folder, default);

        Assert.Empty(await ScanAsync(volume));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_missing_container_is_named_as_the_target_path()
    {
        await using var volume = server.Open("nosuchcontainer", server.SharedKey());

        var fault = (await Assert.ThrowsAsync<VolumeException>(async () => await volume.CheckAsync(isTarget: true, default))).Fault;

        Assert.Equal((VolumeFaultKind.NotFound, StatusCodes.TargetPathInvalid), (fault.Kind, fault.Code));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_sas_that_ran_out_is_renewed_and_the_call_continues()
    {
        var container = await server.MakeContainerAsync();
        var now = TimeProvider.System.GetUtcNow();
        var given = new Queue<BlobAccess>(
            [new(AzuriteServer.MakeSas(now.AddHours(-1)), now.AddHours(1)), new(AzuriteServer.MakeSas(now.AddHours(1)), null)]);
        using var credential = new SasCredential((_, _) => ValueTask.FromResult(given.Dequeue()), server.Destinations, TimeProvider.System);
        await using var volume = server.Open(container, credential);

        await volume.PutAsync(File("f", 1), "x"u8.ToArray(), Preserve, default);

        Assert.Empty(given);
        Assert.Single(await ScanAsync(volume));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_refused_key_is_an_authentication_fault_without_the_key()
    {
        var container = await server.MakeContainerAsync();
        var key = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes("wrong")));
        await using var volume = server.Open(container, new SharedKeyCredential(AzuriteServer.Account, key, server.Destinations, TimeProvider.System));

        var error = await Assert.ThrowsAsync<VolumeException>(async () => await volume.CheckAsync(isTarget: true, default));

        Assert.Contains(error.Fault.Kind, new[] { VolumeFaultKind.Authentication, VolumeFaultKind.Permission });
        Assert.DoesNotContain(key, error.ToString(), StringComparison.Ordinal);
    }

    private static Entry Link(string path, string target) => new()
    {
        Path = EntryPath.Of(path), Type = EntryType.Symlink, SizeBytes = target.Length, LinkTarget = Encoding.UTF8.GetBytes(target),
    };

    private static Entry File(string path, long length) => new()
    {
        Path = EntryPath.Of(path), Type = EntryType.File, SizeBytes = length, Modified = MemoryVolume.SomeTime, Posix = MemoryVolume.SomePosix,
    };

    private static Entry Newer(string path) => new()
    {
        Path = EntryPath.Of(path), Type = EntryType.File, SizeBytes = 1, Modified = new UnixTime(1_800_000_000, 0), Posix = MemoryVolume.SomePosix,
    };

    private static async Task<List<Entry>> ScanAsync(AzureBlobVolume volume)
    {
        var all = new List<Entry>();
        await foreach (var batch in volume.ScanAsync(default))
        {
            all.AddRange(batch);
        }

        return all;
    }
}
