using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;
using static Mover.Volumes.Tests.AzureBlob.LoopbackServer;

namespace Mover.Volumes.Tests.AzureBlob;

public sealed class BlobFaultTests
{
    private const string Secret = "sv=2022-11-02&sig=c2VjcmV0LXNpZ25hdHVyZQ";
    private const string FirstPage =
        "<EnumerationResults><Blobs><Blob><Name>a</Name></Blob></Blobs><NextMarker>m &amp; m</NextMarker></EnumerationResults>";
    private const string LastPage = "<EnumerationResults><Blobs><Blob><Name>b</Name></Blob></Blobs><NextMarker/></EnumerationResults>";
    private static readonly Entry SomeFile = new() { Path = EntryPath.Of("f"), Type = EntryType.File, SizeBytes = 4 };

    [Theory]
    [InlineData("503 Busy", "x-ms-error-code: ServerBusy\r\nRetry-After: 7\r\n", VolumeFaultKind.Throttled, true)]
    [InlineData("429 Slow", "", VolumeFaultKind.Throttled, true)]
    [InlineData("500 Oops", "x-ms-error-code: InternalError\r\n", VolumeFaultKind.Status, true)]
    [InlineData("500 Late", "x-ms-error-code: OperationTimedOut\r\n", VolumeFaultKind.Timeout, true)]
    [InlineData("507 Full", "", VolumeFaultKind.Full, true)]
    [InlineData("400 Bad", "x-ms-error-code: Md5Mismatch\r\n", VolumeFaultKind.Integrity, true)]
    [InlineData("400 Bad", "x-ms-error-code: Crc64Mismatch\r\n", VolumeFaultKind.Integrity, true)]
    [InlineData("400 Bad", "x-ms-error-code: InvalidUri\r\n", VolumeFaultKind.Status, false)]
    [InlineData("403 No", "x-ms-error-code: AuthenticationFailed\r\n", VolumeFaultKind.Authentication, false)]
    [InlineData("403 No", "x-ms-error-code: AuthorizationPermissionMismatch\r\n", VolumeFaultKind.Permission, false)]
    [InlineData("412 No", "x-ms-error-code: LeaseIdMissing\r\n", VolumeFaultKind.Leased, false)]
    [InlineData("409 No", "x-ms-error-code: LeaseAlreadyPresent\r\n", VolumeFaultKind.Leased, false)]
    [InlineData("412 No", "x-ms-error-code: ConditionNotMet\r\n", VolumeFaultKind.Changed, true)]
    [InlineData("404 No", "x-ms-error-code: ContainerNotFound\r\n", VolumeFaultKind.NotFound, false)]
    [InlineData("301 Elsewhere", "Location: http://127.0.0.1:1/\r\n", VolumeFaultKind.Status, false)]
    public async Task Each_refusal_of_the_service_has_its_fault(string status, string headers, VolumeFaultKind kind, bool isTransient)
    {
        await using var server = new LoopbackServer(Answer(status, headers));

        var error = await PutAsync(server);

        Assert.Equal((kind, isTransient), (error.Fault.Kind, error.Fault.IsTransient));
        Assert.DoesNotContain("c2VjcmV0", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wait_that_the_service_asks_for_is_passed_on()
    {
        await using var server = new LoopbackServer(Answer("503 Busy", "Retry-After: 7\r\n"));

        Assert.Equal(TimeSpan.FromSeconds(7), (await PutAsync(server)).Fault.RetryAfter);
    }

    [Fact]
    public async Task A_container_that_is_missing_has_the_code_of_the_target_path()
    {
        await using var server = new LoopbackServer(Answer("404 No", "x-ms-error-code: ContainerNotFound\r\n"));

        Assert.Equal(StatusCodes.TargetPathInvalid, (await PutAsync(server)).Fault.Code);
    }

    [Fact]
    public async Task A_reset_connection_is_a_fault_of_transport_worth_a_retry()
    {
        await using var server = new LoopbackServer("");

        var fault = (await PutAsync(server)).Fault;

        Assert.Equal((VolumeFaultKind.Transport, true), (fault.Kind, fault.IsTransient));
    }

    [Fact]
    public async Task An_address_without_a_server_is_a_transport_fault()
    {
        var server = new LoopbackServer();
        await using var volume = Open(server, new AzureBlobOptions());
        await server.DisposeAsync();

        var error = await Assert.ThrowsAsync<VolumeException>(async () => await volume.CheckAsync(isTarget: true, default));

        Assert.Equal((VolumeFaultKind.Transport, true), (error.Fault.Kind, error.Fault.IsTransient));
    }

    [Fact]
    public async Task Silence_ends_at_the_time_limit()
    {
        await using var server = new LoopbackServer((string?)null);
        await using var volume = Open(server, new AzureBlobOptions { AnswerTimeout = TimeSpan.FromMilliseconds(200) });

        var error = await Assert.ThrowsAsync<VolumeException>(async () => await volume.CheckAsync(isTarget: true, default));

        Assert.Equal((VolumeFaultKind.Timeout, true), (error.Fault.Kind, error.Fault.IsTransient));
    }

    [Fact]
    public async Task Cancellation_by_the_caller_is_not_a_fault()
    {
        await using var server = new LoopbackServer((string?)null);
        await using var volume = Open(server, new AzureBlobOptions());
        using var stop = new CancellationTokenSource();

        var call = volume.CheckAsync(isTarget: true, stop.Token).AsTask();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_content_that_breaks_off_is_a_fault_of_transport()
    {
        await using var server = new LoopbackServer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nte");
        await using var volume = Open(server, new AzureBlobOptions());

        var error = await Assert.ThrowsAsync<VolumeException>(async () => await volume.ReadWholeAsync(SomeFile, new byte[4], default));

        Assert.Equal((VolumeFaultKind.Transport, true), (error.Fault.Kind, error.Fault.IsTransient));
    }

    [Fact]
    public async Task A_digest_answered_differently_is_a_fault_of_integrity()
    {
        await using var server = new LoopbackServer(Answer("201 Created", "x-ms-content-crc64: AAAAAAAAAAA=\r\n"));

        Assert.Equal(VolumeFaultKind.Integrity, (await PutAsync(server)).Fault.Kind);
    }

    [Fact]
    public async Task A_page_that_failed_is_listed_again_from_its_own_marker()
    {
        await using var server = new LoopbackServer(
            Answer("200 OK", "", FirstPage), "", Answer("200 OK", "", "<EnumerationResults><Blobs>"), Answer("200 OK", "", LastPage));
        await using var volume = Open(server, new AzureBlobOptions());

        Assert.Equal(["a", "b"], await NamesAsync(volume));
        Assert.All(server.Requests.Skip(1), r => Assert.Contains("&marker=m%20%26%20m&", r, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_that_is_not_a_listing_does_not_end_one()
    {
        await using var server = new LoopbackServer(
            Answer("200 OK", "", FirstPage), Answer("200 OK", "", "<html><body>Sign in</body></html>"), Answer("200 OK", "", LastPage));
        await using var volume = Open(server, new AzureBlobOptions());

        Assert.Equal(["a", "b"], await NamesAsync(volume));
    }

    [Fact]
    public async Task A_listing_that_goes_round_in_a_circle_ends()
    {
        const string Again = "<EnumerationResults><Blobs/><NextMarker>m &amp; m</NextMarker></EnumerationResults>";
        await using var server = new LoopbackServer(
            Answer("200 OK", "", FirstPage), Answer("200 OK", "", Again), Answer("200 OK", "", Again), Answer("200 OK", "", LastPage));
        await using var volume = Open(server, new AzureBlobOptions());

        var error = await Assert.ThrowsAsync<VolumeException>(() => NamesAsync(volume));

        Assert.Equal(VolumeFaultKind.Io, error.Fault.Kind);
    }

    [Fact]
    public async Task A_wait_that_is_over_by_this_hosts_clock_is_none()
    {
        await using var server = new LoopbackServer(
            Answer("504 Late", "Retry-After: Fri, 01 Jan 2021 00:00:00 GMT\r\n"), Answer("200 OK", "", LastPage));
        await using var volume = Open(server, new AzureBlobOptions());

        Assert.Equal(["b"], await NamesAsync(volume));
    }

    [Fact]
    public async Task A_marker_of_the_root_itself_lends_nothing_to_the_blob_behind_it()
    {
        const string Page = "<EnumerationResults><Blobs><Blob><Name>sub/</Name><Properties><Content-Length>0</Content-Length><Etag>0x1</Etag>"
            + "<Content-MD5>1B2M2Y8AsgTpgAmY7PhCfg==</Content-MD5></Properties><Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>"
            + "<Blob><Name>sub/f</Name><Properties><Content-Length>4</Content-Length></Properties></Blob></Blobs></EnumerationResults>";
        await using var server = new LoopbackServer(Answer("200 OK", "", Page));
        var address = Assert.IsType<BlobContainerAddress>(BlobContainerAddress.Of(server.Endpoint, "account", "container", "sub"));
        await using var volume = new AzureBlobVolume(address, new SasCredential(Secret, BlobDestinations.Only(address)), new AzureBlobOptions(), TimeProvider.System);

        await foreach (var batch in volume.ScanAsync(default))
        {
            var file = Assert.Single(batch);
            Assert.Equal(("f", EntryType.File, 4L), (file.Path.ToString(), file.Type, file.SizeBytes));
            Assert.Equal(((string?)null, (ReadOnlyMemory<byte>?)null), (file.ETag, file.ContentMd5));
        }
    }

    [Fact]
    public async Task An_answer_that_the_service_never_gives_does_not_mean_that_content_was_stored()
    {
        await using var server = new LoopbackServer(Answer("200 OK", "", "<html>Sign in</html>"));

        var fault = (await PutAsync(server)).Fault;

        Assert.Equal((VolumeFaultKind.Status, true), (fault.Kind, fault.IsTransient));
    }

    [Fact]
    public async Task A_whole_blob_in_place_of_a_range_is_not_taken_for_the_range()
    {
        await using var server = new LoopbackServer(Answer("200 OK", "", "text"));
        await using var volume = Open(server, new AzureBlobOptions());
        await using var reader = await volume.OpenAsync(SomeFile, default);

        var error = await Assert.ThrowsAsync<VolumeException>(async () => await reader.ReadAsync(new byte[2], 2, default));

        Assert.True(error.Fault.IsTransient);
    }

    [Fact]
    public async Task A_link_that_is_longer_than_any_path_is_not_read()
    {
        await using var server = new LoopbackServer();
        await using var volume = Open(server, new AzureBlobOptions());
        var link = new Entry { Path = EntryPath.Of("l"), Type = EntryType.Symlink, SizeBytes = 3L << 30 };

        var (resolved, fault) = await volume.ResolveAsync(link, default);

        Assert.Equal((null, VolumeFaultKind.Unsupported), (resolved, fault?.Kind));
    }

    [Fact]
    public async Task A_name_that_xml_cannot_hold_is_decoded()
    {
        const string Page = "<EnumerationResults><Blobs><Blob><Name Encoded=\"true\">a%EF%BF%BE%26</Name></Blob></Blobs></EnumerationResults>";
        await using var server = new LoopbackServer(Answer("200 OK", "", Page));
        await using var volume = Open(server, new AzureBlobOptions());

        await foreach (var batch in volume.ScanAsync(default))
        {
            Assert.Equal(EntryPath.Of("a\uFFFE&"), Assert.Single(batch).Path);
        }
    }

    [Fact]
    public async Task Metadata_that_could_not_be_stored_again_as_it_is_is_named_and_nothing_is_written()
    {
        await using var server = new LoopbackServer(Answer("200 OK", "ETag: \"1\"\r\nx-ms-meta-city: M\u00fcnchen\r\n"));
        await using var volume = Open(server, new AzureBlobOptions());

        var error = await Assert.ThrowsAsync<VolumeException>(
            async () => await volume.SetMetadataAsync(SomeFile, SomeFile, new PutOptions(true), default));

        Assert.Equal((VolumeFaultKind.Unsupported, false), (error.Fault.Kind, error.Fault.IsTransient));
        Assert.Contains("x-ms-meta-city", error.Fault.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Dot_segments_and_odd_characters_reach_the_wire_as_they_are()
    {
        await using var server = new LoopbackServer([.. Enumerable.Repeat(Answer("404 No"), 4)]);
        await using var volume = Open(server, new AzureBlobOptions());

        await volume.FindAsync(EntryPath.Of("a/../b/./c"), default);
        await volume.FindAsync(EntryPath.Of("100%41 ?#\\x"), default);

        Assert.StartsWith("HEAD /account/container/a/../b/./c?", server.Requests[0], StringComparison.Ordinal);
        Assert.StartsWith("HEAD /account/container/100%2541%20%3F%23%5Cx?", server.Requests[2], StringComparison.Ordinal);
    }

    private static AzureBlobVolume Open(LoopbackServer server, AzureBlobOptions options)
    {
        var address = Assert.IsType<BlobContainerAddress>(BlobContainerAddress.Of(server.Endpoint, "account", "container", ""));
        return new AzureBlobVolume(address, new SasCredential(Secret, BlobDestinations.Only(address)), options, TimeProvider.System);
    }

    private static async Task<List<string>> NamesAsync(AzureBlobVolume volume)
    {
        var names = new List<string>();
        await foreach (var batch in volume.ScanAsync(default))
        {
            names.AddRange(batch.Select(e => e.Path.ToString()));
        }

        return names;
    }

    private static async Task<VolumeException> PutAsync(LoopbackServer server)
    {
        await using var volume = Open(server, new AzureBlobOptions());
        return await Assert.ThrowsAsync<VolumeException>(
            async () => await volume.PutAsync(SomeFile, "text"u8.ToArray(), new PutOptions(true), default));
    }
}
