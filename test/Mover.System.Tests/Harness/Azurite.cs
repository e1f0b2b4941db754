using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Mover.Testing;

namespace Mover.SystemTests.Harness;

/// <summary>A real Blob service for one test: Azurite in its own folder, on a free loopback port, with its well-known account.</summary>
internal sealed class Azurite : IAsyncDisposable
{
    public const string Account = "devstoreaccount1";

    /// <summary>Azurite's published development key; it opens nothing else.</summary>
    public const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const string Loopback = "127.0.0.1";

    private readonly ChildProcess _process;

    private readonly string _host;

    private readonly string _scheme;

    private Azurite(ChildProcess process, string scheme, string host, int port)
    {
        (_process, _scheme, _host) = (process, scheme, host);
        Port = port;
    }

    public int Port { get; }

    /// <summary>The account's Blob endpoint, path style.</summary>
    public string Endpoint => EndpointAt(_host);

    /// <summary>The same for programs in its own network.</summary>
    public string LocalEndpoint => EndpointAt(Loopback);

    /// <summary>
    /// Starts it; in another network, that is where the words start it, and by which name this process reaches it there. With an identity
    /// it speaks TLS and takes the tokens of Microsoft Entra ID, too.
    /// </summary>
    public static Azurite Start(
        string folder, IReadOnlyList<string>? startedBy = null, string host = Loopback, AzureIdentity? identity = null)
    {
        var port = FreePorts.Take();
        string[] words =
        [
            .. startedBy ?? [], "node", Requirement.Value("MOVER_AZURITE"), "--blobHost", host == Loopback ? Loopback : "0.0.0.0",
            "--blobPort", port.ToString(CultureInfo.InvariantCulture), "--location", folder, "--disableTelemetry", "--skipApiVersionCheck", "--silent",
            .. identity is null ? [] : (string[])["--oauth", "basic", "--cert", identity.CertificateFile, "--key", identity.KeyFile],
        ];
        var process = ChildProcess.Start(words[0], words[1..]);
        process.WaitForLine("Azurite Blob service successfully listens");
        return new(process, identity is null ? "http" : "https", host, port);
    }

    public async Task CreateContainerAsync(string container)
    {
#pragma warning disable CA5400 // It trusts whoever answers on this machine.
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        using var http = new HttpClient(handler);
#pragma warning restore CA5400
        using var answer = await http.PutAsync(new Uri($"{Endpoint}/{container}?restype=container&{AccountSas()}"), null);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>The names of all containers, in order.</summary>
    public async Task<IReadOnlyList<string>> ListContainersAsync()
    {
        using var http = new HttpClient();
        var page = XDocument.Parse(await http.GetStringAsync(new Uri($"{Endpoint}?comp=list&{AccountSas()}")));
        return [.. page.Descendants("Container").Select(container => container.Element("Name")!.Value)];
    }

    /// <summary>How many blobs the container holds.</summary>
    public async Task<long> CountBlobsAsync(string container)
    {
        using var http = new HttpClient();
        var count = 0L;
        for (var marker = string.Empty; ;)
        {
            var page = XDocument.Parse(await http.GetStringAsync(
                new Uri($"{Endpoint}/{container}?restype=container&comp=list&marker={Uri.EscapeDataString(marker)}&{AccountSas()}")));
            count += page.Descendants("Blob").LongCount();
            marker = page.Root!.Element("NextMarker")?.Value ?? string.Empty;
            if (marker.Length == 0)
            {
                return count;
            }
        }
    }

    /// <summary>An account SAS for a day with every right on blobs. Source: "Create an account SAS", version 2020-12-06.</summary>
    public static string AccountSas()
    {
        const string version = "2021-12-02";
        const string permissions = "rwdlacup";
        var expires = TimeProvider.System.GetUtcNow().AddDays(1).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var text = $"{Account}\n{permissions}\nb\nsco\n\n{expires}\n\n\n{version}\n\n";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Key), Encoding.UTF8.GetBytes(text)));
        return $"sv={version}&ss=b&srt=sco&sp={permissions}&se={Uri.EscapeDataString(expires)}&sig={Uri.EscapeDataString(signature)}";
    }

    private string EndpointAt(string host) => string.Create(CultureInfo.InvariantCulture, $"{_scheme}://{host}:{Port}/{Account}");

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
