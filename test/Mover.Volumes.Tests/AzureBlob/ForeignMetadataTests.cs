using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;
using Mover.Volumes.AzureBlob;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>Metadata and properties that another program, or a person, put on a blob.</summary>
[Collection(AzuriteTests.Name)]
public sealed class ForeignMetadataTests(AzuriteServer server)
{
    private static readonly PutOptions Preserve = new(true);

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_change_of_metadata_alone_keeps_the_keys_of_others_and_replaces_its_own()
    {
        var container = await server.MakeContainerAsync();
        await server.PutForeignAsync(container, "f", "x", ("x-ms-meta-Owner", "sales"), ("x-ms-meta-a_b", "1"), ("x-ms-meta-a1", "2"),
            ("x-ms-meta-ModTime", "1"), ("x-ms-meta-permissions", "33188"));
        await using var volume = server.Open(container, server.SharedKey());

        await volume.SetMetadataAsync(File("f"), await FindAsync(volume, "f"), Preserve, default);

        var headers = await server.HeadersOfAsync(container, "f");
        Assert.Equal(("sales", "1", "2"), (headers["x-ms-meta-Owner"], headers["x-ms-meta-a_b"], headers["x-ms-meta-a1"]));
        Assert.True(volume.HasSameMetadata(File("f"), await FindAsync(volume, "f")));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_key_that_was_put_on_the_blob_since_it_was_seen_is_not_lost()
    {
        var container = await server.MakeContainerAsync();
        await server.PutForeignAsync(container, "f", "x");
        await using var volume = server.Open(container, server.SharedKey());
        var seen = await FindAsync(volume, "f");
        var tag = new BlobCall(HttpMethod.Put, "f", "comp=metadata");
        tag.Add("x-ms-meta-case", "4711");
        using var tagged = await server.SendAsync(container, tag);

        var fault = await Assert.ThrowsAsync<VolumeException>(async () => await volume.SetMetadataAsync(File("f"), seen, Preserve, default));

        Assert.Equal(VolumeFaultKind.Changed, fault.Fault.Kind);
        Assert.Equal("4711", (await server.HeadersOfAsync(container, "f"))["x-ms-meta-case"]);
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_digest_that_is_stored_later_keeps_the_other_properties()
    {
        var container = await server.MakeContainerAsync();
        await server.PutForeignAsync(container, "f", "x", ("x-ms-blob-content-type", "text/html"), ("x-ms-blob-cache-control", "no-store"),
            ("x-ms-blob-content-language", "de"), ("x-ms-blob-content-encoding", "br"), ("x-ms-blob-content-disposition", "inline"));
        await using var volume = server.Open(container, server.SharedKey());
        var md5 = Enumerable.Repeat((byte)7, Md5.SizeBytes).ToArray();

        await volume.SetMetadataAsync(File("f"), await FindAsync(volume, "f"), Preserve with { ContentMd5 = md5 }, default);

        var headers = await server.HeadersOfAsync(container, "f");
        Assert.Equal(
            ("text/html", "no-store", "de", "br", "inline", Convert.ToBase64String(md5)),
            (headers["Content-Type"], headers["Cache-Control"], headers["Content-Language"], headers["Content-Encoding"],
                headers["Content-Disposition"], headers["Content-MD5"]));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task New_content_replaces_the_whole_blob_with_its_metadata()
    {
        var container = await server.MakeContainerAsync();
        await server.PutForeignAsync(container, "f", "x", ("x-ms-meta-owner", "sales"));
        await using var volume = server.Open(container, server.SharedKey());

        await volume.PutAsync(File("f"), "y"u8.ToArray(), Preserve, default);

        Assert.DoesNotContain("x-ms-meta-owner", (await server.HeadersOfAsync(container, "f")).Keys);
    }

    private static async Task<Entry> FindAsync(AzureBlobVolume volume, string path) =>
        Assert.IsType<Entry>(await volume.FindAsync(EntryPath.Of(path), default));

    private static Entry File(string path) => new()
    {
        Path = EntryPath.Of(path), Type = EntryType.File, SizeBytes = 1, Modified = MemoryVolume.SomeTime, Posix = MemoryVolume.SomePosix,
    };
}
