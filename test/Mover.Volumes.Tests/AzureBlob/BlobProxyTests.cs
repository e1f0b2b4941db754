using System.Net;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;
using static Mover.Volumes.Tests.AzureBlob.LoopbackServer;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>Other machines are reached through the proxy that the environment names.</summary>
public sealed class BlobProxyTests
{
    private const string Empty = "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>";

    [Fact]
    public void The_environments_proxy_is_used_unless_told_otherwise() =>
        Assert.Same(HttpClient.DefaultProxy, new AzureBlobOptions().Proxy);

    [Fact]
    public async Task A_tunnel_is_asked_for_with_the_proxys_own_credentials_and_not_with_the_containers()
    {
        await using var proxy = new LoopbackServer(
            Answer("407 Who", "Proxy-Authenticate: Basic realm=\"p\"\r\nConnection: close\r\n"), Answer("403 No", "Connection: close\r\n"));

        var error = await CheckAsync("https://account.blob.core.windows.net", proxy, allowHttp: false);

        Assert.Equal(["CONNECT account.blob.core.windows.net:443", "CONNECT account.blob.core.windows.net:443"],
            proxy.Requests.Select(head => head.Split(" HTTP")[0]));
        Assert.Contains("Proxy-Authorization: Basic dXNlcjpwYXNz", proxy.Requests[1], StringComparison.Ordinal);
        Assert.DoesNotContain(proxy.Requests, head => head.Contains("sig", StringComparison.Ordinal));
        Assert.Equal((VolumeFaultKind.Transport, false), (error!.Fault.Kind, error.Fault.IsTransient));
        Assert.Contains("the proxy refused the connection (403)", error.Message, StringComparison.Ordinal);
        Assert.Contains("NO_PROXY", error.Fault.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("pass", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_http_that_was_allowed_goes_through_the_proxy_too()
    {
        await using var proxy = new LoopbackServer(Answer("200 OK", "", Empty));

        Assert.Null(await CheckAsync("http://store.example/account", proxy, allowHttp: true));

        Assert.StartsWith("GET http://store.example/account/container?", Assert.Single(proxy.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task This_machine_is_reached_directly()
    {
        await using var server = new LoopbackServer(Answer("200 OK", "", Empty));
        await using var proxy = new LoopbackServer();

        Assert.Null(await CheckAsync(server.Endpoint, proxy, allowHttp: false));

        Assert.Equal((1, 0), (server.Requests.Count, proxy.Requests.Count));
    }

    private static async Task<VolumeException?> CheckAsync(string endpoint, LoopbackServer proxy, bool allowHttp)
    {
        var address = Assert.IsType<BlobContainerAddress>(BlobContainerAddress.Of(endpoint, "account", "container", ""));
        var options = new AzureBlobOptions
        {
            Proxy = new WebProxy(new Uri(proxy.Endpoint).GetLeftPart(UriPartial.Authority)) { Credentials = new NetworkCredential("user", "pass") },
        };
        await using var volume = new AzureBlobVolume(
            address, new SasCredential("sv=x&sig=y", BlobDestinations.Only(address, allowHttp)), options, TimeProvider.System);
        return await Record.ExceptionAsync(async () => await volume.CheckAsync(isTarget: true, default)) as VolumeException;
    }
}
