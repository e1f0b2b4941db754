using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Mover.Conformance.Tests.Suite;

/// <summary>The suite against a server whose answers are spoilt on the way: it has to see it, and to say where.</summary>
public sealed class SpoiltServerTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Version = "2026-05-01";

    [Theory]
    [InlineData("no-etag", "ARM-ETAG-001", "The header ETag is missing.")]
    [InlineData("no-request-id", "ARM-HEAD-001", "The header x-ms-request-id is missing.")]
    [InlineData("created", "ARM-PUT-001", "the status is 201, not one of 200")]
    [InlineData("unknown-property", "ARM-GET-003", "/properties/spoilt: is not a property of api-version 2026-05-01")]
    [InlineData("null-property", "ARM-ENV-004", "A value is null.")]
    [InlineData("bare-error", "ARM-GET-001", "The code is ''; expected ResourceNotFound.")]
    [InlineData("server-error", "ARM-LIST-001", "The status is 500; expected 200.")]
    [InlineData("no-description", "ARM-PUT-004", "The property 'description': absent; expected \"a text\".")]
    [InlineData("relative-location", "ARM-LRO-001", "The Location is not absolute.")]
    public async Task What_is_spoilt_is_found_and_named(string spoil, string rule, string expected)
    {
        var server = shared.Server;
        using var spoiler = new Spoiler(spoil, ServerUnderTest.NewHandler());
        using var client = new HttpClient(spoiler) { BaseAddress = server.Http.BaseAddress };
        var suite = new ConformanceSuite(client, server.Token, TimeProvider.System);

        var report = await suite.RunAsync(
            new() { Versions = [Version], Rules = [rule], Progress = _ => spoiler.Begin() }, CancellationToken.None);

        var failed = report.Results.Where(r => r.Outcome == CheckOutcome.Failed).ToList();
        Assert.False(report.Holds);
        Assert.Contains(failed, r => r.Reason!.Contains(expected, StringComparison.Ordinal));
        Assert.All(failed, r => Assert.DoesNotContain(server.Token, $"{r.Reason}{r.Excerpt}", StringComparison.Ordinal));
    }

    // Spoils from the first check that has ended on, so that what the checks work on is there.
    private sealed class Spoiler(string spoil, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private volatile bool _isOn;

        public void Begin() => _isOn = true;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (_isOn)
            {
                await SpoilAsync(request, response, cancellationToken);
            }

            return response;
        }

        private async Task SpoilAsync(HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancel)
        {
            switch (spoil)
            {
                case "no-etag":
                    response.Headers.Remove("ETag");
                    break;
                case "no-request-id":
                    response.Headers.Remove("x-ms-request-id");
                    break;
                case "created" when request.Method == HttpMethod.Put && response.StatusCode == HttpStatusCode.OK:
                    response.StatusCode = HttpStatusCode.Created;
                    break;
                case "unknown-property":
                    await ChangeAsync(response, properties => properties["spoilt"] = 1, cancel);
                    break;
                case "null-property":
                    await ChangeAsync(response, properties => properties["description"] = null, cancel);
                    break;
                case "no-description":
                    await ChangeAsync(response, properties => properties.Remove("description"), cancel);
                    break;
                case "bare-error" when (int)response.StatusCode >= 400:
                    response.Content = new StringContent("{}", Encoding.UTF8, "application/json");
                    break;
                case "server-error" when request.Method == HttpMethod.Get:
                    response.StatusCode = HttpStatusCode.InternalServerError;
                    break;
                case "relative-location" when response.Headers.Location is { } place:
                    response.Headers.Location = new(place.PathAndQuery, UriKind.Relative);
                    break;
            }
        }

        private static async Task ChangeAsync(HttpResponseMessage response, Action<JsonObject> change, CancellationToken cancel)
        {
            var text = await response.Content.ReadAsStringAsync(cancel);
            if (text.StartsWith('{') && JsonNode.Parse(text) is JsonObject body && body["properties"] is JsonObject properties)
            {
                change(properties);
                response.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            }
        }
    }
}
