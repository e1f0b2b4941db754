using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mover.Testing;
using Mover.Volumes.AzureBlob;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>A real Azurite on a port of its own, started once for the test run that needs it.</summary>
public sealed class AzuriteServer : IAsyncLifetime
{
    public const string Account = "devstoreaccount1";
    public const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mover-azurite-");
    private readonly HttpMessageInvoker _http = new(new AzureBlobOptions().CreateHandler());
    private Process? _process;

    public string Endpoint { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("MOVER_AZURITE") is not { Length: > 0 } script)
        {
            return;
        }

        var port = FreePorts.Take();
        Endpoint = $"http://127.0.0.1:{port}/{Account}";
        var start = new ProcessStartInfo("node") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
            [script, "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--location", _folder.FullName, "--disableTelemetry", "--skipApiVersionCheck"])
        {
            start.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new StringBuilder();
        void Hear(object sender, DataReceivedEventArgs line)
        {
            said.AppendLine(line.Data);
            if (line.Data?.Contains("successfully listens", StringComparison.Ordinal) is true)
            {
                ready.TrySetResult();
            }
        }

        _process.OutputDataReceived += Hear;
        _process.ErrorDataReceived += Hear;
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"Azurite ended: {said}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ready.Task;
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _http.Dispose();
        _folder.Delete(true);
    }

    /// <summary>Makes an empty container and opens it with the account's key.</summary>
    public async Task<AzureBlobVolume> MakeVolumeAsync(string folder = "", AzureBlobOptions? options = null) =>
        Open(await MakeContainerAsync(), SharedKey(), folder, options);

    public async Task<string> MakeContainerAsync()
    {
        Requirement.Value("MOVER_AZURITE");
        var container = $"c{Guid.NewGuid():N}";
        using var made = await SendAsync(container, new BlobCall(HttpMethod.Put, null, "restype=container"));
        return container;
    }

    /// <summary>What another program would send to a container; the caller disposes of the answer.</summary>
    internal async Task<HttpResponseMessage> SendAsync(string container, BlobCall call)
    {
        var client = new BlobClient(Address(container, ""), SharedKey(), _http, new AzureBlobOptions(), TimeProvider.System);
        return await client.SendAsync(call, default);
    }

    /// <summary>Stores what another program would: a blob of the kind and with the headers given.</summary>
    public async Task PutForeignAsync(string container, string name, string content, params (string Name, string Value)[] headers)
    {
        var call = new BlobCall(HttpMethod.Put, name) { Content = Encoding.UTF8.GetBytes(content) };
        call.Add("x-ms-blob-type", "BlockBlob");
        foreach (var (header, value) in headers)
        {
            call.Add(header, value);
        }

        using var answer = await SendAsync(container, call);
    }

    /// <summary>The headers of a blob: metadata and properties by their names.</summary>
    public async Task<Dictionary<string, string>> HeadersOfAsync(string container, string name)
    {
        using var answer = await SendAsync(container, new BlobCall(HttpMethod.Head, name));
        return answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated)
            .ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
    }

    public AzureBlobVolume Open(string container, BlobCredential credential, string folder = "", AzureBlobOptions? options = null) =>
        new(Address(container, folder), credential, options ?? new AzureBlobOptions(), TimeProvider.System, _http);

    public BlobContainerAddress Address(string container, string folder) =>
        BlobContainerAddress.Of(Endpoint, Account, container, folder) ?? throw new InvalidOperationException("No address.");

    public BlobDestinations Destinations => BlobDestinations.Only(Address("any", ""));

    public SharedKeyCredential SharedKey() => new(Account, Key, Destinations, TimeProvider.System);

    /// <summary>An account SAS with all rights, good until the moment given.</summary>
    public static string MakeSas(DateTimeOffset expiry)
    {
        var until = expiry.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var text = string.Join('\n', Account, "rwdlacup", "b", "sco", "2020-01-01T00:00:00Z", until, "", "https,http", "2022-11-02", "", "");
        var signature = HMACSHA256.HashData(Convert.FromBase64String(Key), Encoding.UTF8.GetBytes(text));
        return "sv=2022-11-02&ss=b&srt=sco&sp=rwdlacup&st=2020-01-01T00%3A00%3A00Z&spr=https%2Chttp"
            + $"&se={Uri.EscapeDataString(until)}&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}";
    }
}

/// <summary>The tests that share one Azurite.</summary>
[CollectionDefinition(Name)]
public sealed class AzuriteTests : ICollectionFixture<AzuriteServer>
{
    public const string Name = "Azurite";
}
