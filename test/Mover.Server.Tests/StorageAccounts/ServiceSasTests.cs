using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Mover.Core.Access;
using Mover.Server.StorageAccounts;
using Mover.Testing;

namespace Mover.Server.Tests.StorageAccounts;

public sealed class ServiceSasTests : IAsyncLifetime
{
    private const string Account = "devstoreaccount1";

    // A key of the test's own: Azurite takes any account and key from AZURITE_ACCOUNTS.
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
    private readonly TempFolder _data = new();
    private readonly HttpClient _http = new();
    private Process? _azurite;
    private string _container = "";

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("MOVER_AZURITE") is { Length: > 0 })
        {
            var port = await StartAsync();
            _container = $"http://127.0.0.1:{port}/{Account}/target";
            using var request = new HttpRequestMessage(HttpMethod.Put, _container + "?restype=container");
            SignWithKey(request, $"/{Account}/{Account}/target\nrestype:container");
            (await _http.SendAsync(request)).EnsureSuccessStatusCode();
        }
    }

    public async Task DisposeAsync()
    {
        if (_azurite is not null)
        {
            _azurite.Kill(entireProcessTree: true);
            await _azurite.WaitForExitAsync();
            _azurite.Dispose();
        }

        _http.Dispose();
        _data.Dispose();
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_signature_lets_its_holder_write_read_list_and_delete_in_the_container()
    {
        var sas = Sas(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));

        Assert.Equal(HttpStatusCode.Created, await PutBlobAsync("a b/ä.txt", sas));
        Assert.Equal(HttpStatusCode.Created, await PutBlobAsync("a b/ä.txt", sas));
        Assert.Equal("content", await _http.GetStringAsync(new Uri($"{_container}/a%20b/%C3%A4.txt?{sas}")));
        Assert.Contains("ä.txt", await _http.GetStringAsync(new Uri($"{_container}?restype=container&comp=list&{sas}")), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, (await _http.DeleteAsync(new Uri($"{_container}/a%20b/%C3%A4.txt?{sas}"))).StatusCode);
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_signature_opens_no_other_container_and_ends_on_time()
    {
        var sas = Sas(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
        var expired = Sas(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(-1));

        var other = await _http.GetAsync(new Uri($"{_container[..^6]}other?restype=container&comp=list&{sas}"));

        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, await PutBlobAsync("b", expired));
        Assert.Equal(HttpStatusCode.Forbidden, await PutBlobAsync("b", sas.Replace("sp=racwdl", "sp=racwdlt", StringComparison.Ordinal)));
    }

    [Fact]
    public void Https_alone_is_allowed_unless_the_service_has_none()
    {
        var sas = ServiceSas.Create("a", new Secret(_key), "c", "r", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(1), allowHttp: false).Reveal();

        Assert.StartsWith("sv=2021-12-02&st=1970-01-01T00%3A00%3A00Z&se=1970-01-01T01%3A00%3A00Z&sr=c&sp=r&spr=https&sig=", sas, StringComparison.Ordinal);
    }

    private string Sas(DateTimeOffset start, DateTimeOffset end) =>
        ServiceSas.Create(Account, new Secret(_key), "target", ServiceSas.MigrationRights, start, end, allowHttp: true).Reveal();

    private async Task<HttpStatusCode> PutBlobAsync(string name, string sas)
    {
        var path = string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri($"{_container}/{path}?{sas}")) { Content = new StringContent("content") };
        request.Headers.Add("x-ms-blob-type", "BlockBlob");
        request.Headers.Add("x-ms-version", "2021-12-02");
        return (await _http.SendAsync(request)).StatusCode;
    }

    private void SignWithKey(HttpRequestMessage request, string resource)
    {
        var date = DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture);
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-version", "2021-12-02");
        var text = $"PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2021-12-02\n{resource}";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(_key), Encoding.UTF8.GetBytes(text)));
        request.Headers.TryAddWithoutValidation("Authorization", $"SharedKey {Account}:{signature}");
    }

    private async Task<string> StartAsync()
    {
        var start = new ProcessStartInfo("node") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            Requirement.Value("MOVER_AZURITE"), "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", _data.Path, "--disableTelemetry",
            "--skipApiVersionCheck",
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["AZURITE_ACCOUNTS"] = $"{Account}:{_key}";
        _azurite = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        while (await _azurite.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("successfully listens on", StringComparison.Ordinal))
            {
                return line.Split(':')[^1].Trim();
            }
        }

        throw new InvalidOperationException(await _azurite.StandardError.ReadToEndAsync());
    }
}
