using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Mover.Server;
using Mover.Server.Access;
using Mover.Testing;
using Xunit.Sdk;

namespace Mover.ClientsTests;

/// <summary>What holds the clients' exchanges to the definitions sees what is wrong, and changes nothing.</summary>
public sealed class ContractProxyTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-proxy-").FullName;
    private readonly Spoiler _spoiler = new();
    private WebApplication _app = WebApplication.CreateSlimBuilder().Build();
    private ContractProxy _proxy = null!;
    private HttpClient _client = new();
    private string _mover = string.Empty;

    public async Task InitializeAsync()
    {
        _app = ServerApp.Create(new() { DataFolder = _folder, Urls = ["https://127.0.0.1:0"], PageSize = 1 });
        await _app.StartAsync();
        _proxy = await ContractProxy.StartAsync(_app.Urls.First(), _folder, _spoiler);
        _client = new(ContractProxy.Trusting(Path.Combine(_folder, "tls", "ca.pem")))
        {
            BaseAddress = new(_proxy.Url),
            DefaultRequestHeaders =
            {
                Authorization = new AuthenticationHeaderValue("Bearer", AdministratorToken.Create(_folder, TimeProvider.System).Reveal()),
            },
        };
        var subscriptions = JsonNode.Parse(await _client.GetStringAsync("/subscriptions?api-version=2022-12-01"))!;
        var group = $"/subscriptions/{(string?)subscriptions["value"]![0]!["subscriptionId"]}/resourceGroups/group";
        _mover = group + "/providers/Microsoft.StorageMover/storageMovers/m1";
        await PutAsync(group + "?api-version=2022-09-01");
        await PutAsync(_mover + "?api-version=2025-12-01");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        await _app.DisposeAsync();
        _spoiler.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_spoilt_answer_reaches_the_client_and_fails_the_test_with_operation_version_and_place()
    {
        _spoiler.From = "\"provisioningState\":\"Succeeded\"";
        _spoiler.To = "\"provisioningState\":1";

        var answered = await _client.GetStringAsync(_mover + "?api-version=2025-12-01");
        var failure = Assert.Throws<TrueException>(_proxy.AssertKept);

        Assert.Contains(_spoiler.To, answered, StringComparison.Ordinal);
        Assert.Contains(
            "StorageMovers_Get (2025-12-01), answer /properties/provisioningState: is a number instead of a string.",
            failure.Message, StringComparison.Ordinal);
        _proxy.AssertKept();
    }

    [Fact]
    public async Task Only_what_a_definition_speaks_of_is_counted()
    {
        var before = _proxy.Held;

        await _client.GetStringAsync("/subscriptions?api-version=2022-12-01");
        var afterSubscriptions = _proxy.Held;
        await _client.GetStringAsync(_mover + "?api-version=2025-12-01");
        using var refused = await _client.GetAsync(_mover + "/projects/none?api-version=2025-12-01");

        Assert.Equal(before, afterSubscriptions);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Equal(before + 2, _proxy.Held);
        _proxy.AssertKept();
    }

    [Fact]
    public async Task Links_lead_back_to_the_proxy()
    {
        await PutAsync(_mover + "/projects/p1?api-version=2025-12-01");
        await PutAsync(_mover + "/projects/p2?api-version=2025-12-01");

        var page = JsonNode.Parse(await _client.GetStringAsync(_mover + "/projects?api-version=2025-12-01"))!;
        using var deleted = await _client.DeleteAsync(_mover + "?api-version=2025-12-01");

        Assert.StartsWith(_proxy.Url, (string?)page["nextLink"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        Assert.StartsWith(_proxy.Url, deleted.Headers.Location?.OriginalString, StringComparison.Ordinal);
        _proxy.AssertKept();
    }

    private async Task PutAsync(string path)
    {
        using var body = new StringContent("""{"location":"eastus"}""", MediaTypeHeaderValue.Parse("application/json"));
        using var answer = await _client.PutAsync(path, body);
        answer.EnsureSuccessStatusCode();
    }

    private sealed class Spoiler : DelegatingHandler
    {
        public string From { get; set; } = string.Empty;

        public string To { get; set; } = string.Empty;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (From.Length > 0)
            {
                var text = await answer.Content.ReadAsStringAsync(cancellationToken);
                answer.Content = new StringContent(text.Replace(From, To, StringComparison.Ordinal), answer.Content.Headers.ContentType!);
            }

            return answer;
        }
    }
}
