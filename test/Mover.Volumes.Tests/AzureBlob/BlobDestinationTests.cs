using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;
using static Mover.Volumes.Tests.AzureBlob.LoopbackServer;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>A credential is granted for a destination and goes nowhere else.</summary>
public sealed class BlobDestinationTests
{
    private const string Empty = "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>";

    [Theory]
    [InlineData("https://account.blob.core.windows.net/c")]
    [InlineData("https://ACCOUNT.BLOB.core.windows.net/c")]
    [InlineData("https://account-secondary.blob.core.windows.net/c")]
    [InlineData("https://account.z12.blob.storage.azure.net/c")]
    [InlineData("https://account.blob.core.usgovcloudapi.net:443/c")]
    [InlineData("https://account.blob.core.chinacloudapi.cn/c")]
    [InlineData("https://stack.local.example/account/c")]
    [InlineData("https://blobs.stack.local.example:8443/account/c")]
    [InlineData("https://azurite:10000/account/c")]
    [InlineData("https://10.0.0.7:10000/account/c")]
    [InlineData("https://[::1]:10000/account/c")]
    public void A_token_goes_to_azure_storage_and_to_what_the_hosts_operator_allows(string address) =>
        Assert.Null(Token("stack.local.example", "Azurite", "10.0.0.7", "[0::1]").Refuse(new Uri(address)));

    [Theory]
    [InlineData("http://account.blob.core.windows.net/c")]
    [InlineData("http://stack.local.example/c")]
    [InlineData("http://127.0.0.1:10000/account/c")]
    [InlineData("https://evil.example/c")]
    [InlineData("https://account.blob.core.windows.net.evil.example/c")]
    [InlineData("https://account.blob.core.windows.net./c")]
    [InlineData("https://account.blob.core.windows.net@evil.example/c")]
    [InlineData("https://evil@account.blob.core.windows.net/c")]
    [InlineData("https://account.blob.core.windows.net:10000/c")]
    [InlineData("https://evil.example/account.blob.core.windows.net/c")]
    [InlineData("https://evil.example#.blob.core.windows.net/c")]
    [InlineData("https://evil.example?.blob.core.windows.net/c")]
    [InlineData("https://evilblob.core.windows.net/c")]
    [InlineData("https://blob.core.windows.net/c")]
    [InlineData("https://core.windows.net/c")]
    [InlineData("https://account.file.core.windows.net/c")]
    [InlineData("https://account.blob.core.windows.net.local/c")]
    [InlineData("https://account.blob.core.windоws.net/c")]
    [InlineData("https://account。blob。core。windows。net。evil.example/c")]
    [InlineData("https://127.0.0.1/c")]
    [InlineData("https://[::1]/c")]
    [InlineData("https://[::ffff:10.0.0.7]/c")]
    [InlineData("https://0x0a000007.evil.example/c")]
    [InlineData("https://evilstack.local.example/c")]
    [InlineData("https://stack.local.example.evil.example/c")]
    [InlineData("https://x.azurite/c")]
    [InlineData("https://local.example/c")]
    public void A_token_goes_nowhere_else(string address) =>
        Assert.NotNull(Token("stack.local.example", "azurite", "10.0.0.7").Refuse(new Uri(address)));

    [Theory]
    [InlineData("https://a.example")]
    [InlineData("a.example:443")]
    [InlineData("a.example/path")]
    [InlineData("user@a.example")]
    [InlineData("a.example.")]
    [InlineData("*.a.example")]
    [InlineData("")]
    [InlineData(" . ")]
    public void What_is_not_a_domain_is_not_allowed_by_mistake(string text) => Assert.Null(BlobDestinations.ReadDomain(text));

    [Theory]
    [InlineData("https://store.example/acc", "https://store.example/acc/c", true)]
    [InlineData("https://store.example/acc", "https://STORE.example:443/acc/c", true)]
    [InlineData("https://store.example/acc", "https://other.example/acc/c", false)]
    [InlineData("https://store.example/acc", "https://store.example:8443/acc/c", false)]
    [InlineData("https://store.example/acc", "http://store.example:443/acc/c", false)]
    [InlineData("https://store.example/acc", "https://x@store.example/acc/c", false)]
    [InlineData("https://store.example/acc", "https://x.store.example/acc/c", false)]
    [InlineData("http://127.0.0.1:10000/acc", "http://127.0.0.1:10000/acc/c", true)]
    [InlineData("http://localhost:10000/acc", "http://localhost:10000/acc/c", true)]
    [InlineData("http://[::1]:10000/acc", "http://[::1]:10000/acc/c", true)]
    [InlineData("http://127.0.0.1:10000/acc", "http://127.0.0.1:10001/acc/c", false)]
    [InlineData("http://store.example/acc", "http://store.example/acc/c", false)]
    [InlineData("http://10.0.0.7/acc", "http://10.0.0.7/acc/c", false)]
    [InlineData("http://localhost.evil.example/acc", "http://localhost.evil.example/acc/c", false)]
    [InlineData("http://127.0.0.1.evil.example/acc", "http://127.0.0.1.evil.example/acc/c", false)]
    public void A_signature_goes_to_the_service_that_it_was_given_for_and_without_tls_to_this_machine_only(
        string given, string address, bool isAllowed) =>
        Assert.Equal(isAllowed, BlobDestinations.Only(Address(given)).Refuse(new Uri(address)) is null);

    [Fact]
    public void A_person_may_allow_plain_http_to_the_one_service()
    {
        var to = BlobDestinations.Only(Address("http://store.example/acc"), allowHttp: true);

        Assert.Null(to.Refuse(new Uri("http://store.example/acc/c")));
        Assert.NotNull(to.Refuse(new Uri("http://other.example/acc/c")));
    }

    [Fact]
    public async Task A_token_for_a_foreign_host_is_not_even_asked_for_and_nothing_is_sent()
    {
        await using var server = new LoopbackServer(Answer("200 OK", "", Empty));
        var asked = 0;
        using var credential = new BearerCredential(
            (_, _) => ValueTask.FromResult(new BlobAccess($"token{++asked}", null)), Token(), TimeProvider.System);
        await using var volume = new AzureBlobVolume(Address(server.Endpoint), credential, new(), TimeProvider.System);

        var error = await Assert.ThrowsAsync<VolumeException>(async () => await volume.CheckAsync(isTarget: true, default));

        Assert.Equal((VolumeFaultKind.Authentication, false), (error.Fault.Kind, error.Fault.IsTransient));
        Assert.Contains("does not use TLS", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (asked, server.Requests.Count));
    }

    [Theory]
    [InlineData("301 Moved")]
    [InlineData("302 Found")]
    [InlineData("307 Temporary")]
    [InlineData("308 Permanent")]
    public async Task A_redirect_is_a_fault_and_takes_no_credential_along(string status)
    {
        await using var elsewhere = new LoopbackServer(Answer("200 OK", "", Empty));
        await using var server = new LoopbackServer(Answer(status, $"Location: {elsewhere.Endpoint}/container\r\n"));
        await using var volume = new AzureBlobVolume(
            Address(server.Endpoint), new SasCredential("sv=x&sig=y", BlobDestinations.Only(Address(server.Endpoint))), new(), TimeProvider.System);

        var error = await Assert.ThrowsAsync<VolumeException>(async () => await volume.CheckAsync(isTarget: true, default));

        Assert.Equal(VolumeFaultKind.Status, error.Fault.Kind);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_renewed_once()
    {
        using var certificate = SelfSigned();
        string[] answers = [Answer("401 No"), Answer("404 No"), Answer("404 No"), Answer("401 No"), Answer("401 No")];
        await using var server = new LoopbackServer(answers) { Certificate = certificate };
        var calls = 0;
        using var credential = new BearerCredential(
            (_, _) => ValueTask.FromResult(new BlobAccess($"token{++calls}", null)), Token(), TimeProvider.System);
        using var handler = To(server);
        using var http = new HttpMessageInvoker(handler);
        await using var volume = new AzureBlobVolume(Address("https://account.blob.core.windows.net"), credential, new(), TimeProvider.System, http);

        Assert.Null(await volume.FindAsync(EntryPath.Of("f"), default));
        var error = await Assert.ThrowsAsync<VolumeException>(async () => await volume.FindAsync(EntryPath.Of("f"), default));

        Assert.Equal(VolumeFaultKind.Authentication, error.Fault.Kind);
        Assert.Equal((5, 3), (server.Requests.Count, calls));
        Assert.Contains("Authorization: Bearer token2", server.Requests[1], StringComparison.Ordinal);
        Assert.Contains("Host: account.blob.core.windows.net\r\n", server.Requests[1], StringComparison.Ordinal);
    }

    private static BlobDestinations Token(params string[] domains) =>
        BlobDestinations.Azure([.. domains.Select(one => BlobDestinations.ReadDomain(one) ?? throw new ArgumentException(one, nameof(domains)))]);

    private static BlobContainerAddress Address(string endpoint) =>
        Assert.IsType<BlobContainerAddress>(BlobContainerAddress.Of(endpoint, "account", "container", ""));

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    // Whatever host is asked for, the connection is made to the server, whose certificate is taken as it is.
    private static SocketsHttpHandler To(LoopbackServer server)
    {
        var handler = new AzureBlobOptions().CreateHandler();
#pragma warning disable CA5359 // The test's own server, reached under the names of others.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        handler.ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", new Uri(server.Endpoint).Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        };
        return handler;
    }
}
