using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>Page and append blobs where Mover would store a block blob.</summary>
[Collection(AzuriteTests.Name)]
public sealed class BlobKindTests(AzuriteServer server)
{
    private static readonly AzureBlobOptions SmallPuts = new() { SinglePutBytesMax = 1000 };

    public static TheoryData<string, int, CopyMode> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, CopyMode>();
            foreach (var kind in (string[])["PageBlob", "AppendBlob"])
            {
                foreach (var length in (int[])[0, 10, 5000])
                {
                    cases.Add(kind, length, CopyMode.Additive);
                    cases.Add(kind, length, CopyMode.Mirror);
                }
            }

            return cases;
        }
    }

    [RequiresTheory("MOVER_AZURITE")]
    [MemberData(nameof(Cases))]
    public async Task A_blob_of_another_kind_in_the_way_is_refused_by_name_and_stays_whatever_the_sources_size(
        string kind, int length, CopyMode mode)
    {
        var container = await server.MakeContainerAsync();
        await PutAsync(container, "f", kind);
        var before = await server.HeadersOfAsync(container, "f");
        var source = new MemoryVolume().AddFile("f", new byte[length]).AddFile("g", "1");
        await using var target = server.Open(container, server.SharedKey(), options: SmallPuts);
        using var bench = new BlobBench(source, target, mode);

        var plan = await bench.PlanAsync();
        var outcome = await bench.OutcomeOfAsync("f");

        Assert.Equal((ItemResult.Failed, StatusCodes.ItemOther), (outcome.Result, outcome.Code));
        Assert.Contains(kind is "PageBlob" ? "a page blob" : "an append blob", outcome.Details, StringComparison.Ordinal);
        Assert.Contains("Delete it", outcome.Details, StringComparison.Ordinal);
        Assert.Equal(outcome.Details, Assert.Single(plan, action => action.Kind is PlannedActionKind.Fail).Why);
        Assert.Equal(before["ETag"], (await server.HeadersOfAsync(container, "f"))["ETag"]);
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_blob_of_another_kind_where_a_folder_marker_should_be_is_refused_and_stays()
    {
        var container = await server.MakeContainerAsync();
        await PutAsync(container, "d", "AppendBlob");
        await using var target = server.Open(container, server.SharedKey());
        using var bench = new BlobBench(new MemoryVolume().AddFolder("d").AddFile("d/f", "1"), target, CopyMode.Mirror);

        var outcome = await bench.OutcomeOfAsync("d");

        Assert.Equal(ItemResult.Failed, outcome.Result);
        Assert.Equal("AppendBlob", (await server.HeadersOfAsync(container, "d"))["x-ms-blob-type"]);
        Assert.NotNull(await target.FindAsync(EntryPath.Of("d/f"), default));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_page_blob_that_holds_what_the_source_has_is_in_nobodys_way()
    {
        var container = await server.MakeContainerAsync();
        await PutAsync(container, "f", "PageBlob", ("x-ms-meta-modtime", "5000000000"));
        await using var target = server.Open(container, server.SharedKey());
        using var bench = new BlobBench(new MemoryVolume().AddFile("f", new byte[512], new UnixTime(5, 0)), target);

        var outcome = await bench.OutcomeOfAsync("f");

        Assert.Equal(ItemResult.Transferred, outcome.Result);
        Assert.Equal(StatusCodes.ItemTimesEqual, outcome.Code);
        Assert.Equal("PageBlob", (await server.HeadersOfAsync(container, "f"))["x-ms-blob-type"]);
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task Page_and_append_blobs_are_read_as_a_source()
    {
        var container = await server.MakeContainerAsync();
        await PutAsync(container, "page", "PageBlob");
        await PutAsync(container, "append", "AppendBlob");
        await using var source = server.Open(container, server.SharedKey());
        await using var target = await server.MakeVolumeAsync();
        using var bench = new BlobBench(source, target);

        await bench.CopyAsync();

        Assert.Equal(512, (await target.FindAsync(EntryPath.Of("page"), default))?.SizeBytes);
        Assert.Equal(0, (await target.FindAsync(EntryPath.Of("append"), default))?.SizeBytes);
    }

    private async Task PutAsync(string container, string name, string kind, params (string Name, string Value)[] headers)
    {
        var call = new BlobCall(HttpMethod.Put, name);
        call.Add("x-ms-blob-type", kind);
        if (kind is "PageBlob")
        {
            call.Add("x-ms-blob-content-length", "512");
        }

        foreach (var (header, value) in headers)
        {
            call.Add(header, value);
        }

        using var answer = await server.SendAsync(container, call);
    }
}
