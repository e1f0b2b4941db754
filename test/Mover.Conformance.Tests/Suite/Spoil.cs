using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mover.Conformance.Tests.Suite;

/// <summary>One way to spoil answers.</summary>
/// <param name="Rule">The rule that has to see it.</param>
/// <param name="Where">A pattern for verb, path and query of the requests whose answers are spoilt.</param>
/// <param name="How">
/// <c>status 200</c>, <c>header NAME</c> (removed) or <c>header NAME=value</c>, <c>remove a.0.b</c>, <c>set a.*.b=JSON</c>, or
/// <c>double a</c> for a list whose items come twice.
/// </param>
/// <param name="Expected">What the suite has to say.</param>
internal sealed record Spoil(string Rule, string Where, string How, string Expected)
{
    /// <summary>Spoils the answer when the request is meant.</summary>
    public async Task ApplyAsync(HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancel)
    {
        var asked = $"{request.Method} {Uri.UnescapeDataString(request.RequestUri!.PathAndQuery)}";
        if (!Regex.IsMatch(asked, "^" + Where, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
        {
            return;
        }

        var (verb, what) = (How[..How.IndexOf(' ', StringComparison.Ordinal)], How[(How.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        switch (verb)
        {
            case "status":
                response.StatusCode = (HttpStatusCode)int.Parse(what, null);
                break;
            case "header":
                var (name, value) = Halves(what);
                var headers = name.StartsWith("Content-", StringComparison.Ordinal) ? response.Content.Headers : (HttpHeaders)response.Headers;
                headers.Remove(name);
                if (value.Length > 0)
                {
                    headers.TryAddWithoutValidation(name, value);
                }

                break;
            default:
                await ChangeAsync(response, verb, what, cancel);
                break;
        }
    }

    private static async Task ChangeAsync(HttpResponseMessage response, string verb, string what, CancellationToken cancel)
    {
        var text = await response.Content.ReadAsStringAsync(cancel);
        if (!text.StartsWith('{') || JsonNode.Parse(text) is not JsonObject body)
        {
            return;
        }

        var (path, json) = Halves(what);
        Change(body, path.Split('.'), (parent, key) =>
        {
            switch (verb)
            {
                case "set":
                    parent[key] = JsonNode.Parse(json);
                    break;
                case "remove":
                    parent.Remove(key);
                    break;
                case "double" when parent[key] is JsonArray items:
                    items.ToList().ForEach(item => items.Add(item?.DeepClone()));
                    break;
                default:
                    break;
            }
        });
        response.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
    }

    private static void Change(JsonNode? node, string[] path, Action<JsonObject, string> change)
    {
        if (node is JsonObject place && path.Length == 1)
        {
            change(place, path[0]);
        }
        else if (node is JsonObject inner)
        {
            Change(inner[path[0]], path[1..], change);
        }
        else if (node is JsonArray items)
        {
            foreach (var item in path[0] == "*" ? items : items.Skip(int.Parse(path[0], null)).Take(1))
            {
                Change(item, path[1..], change);
            }
        }
    }

    private static (string Left, string Right) Halves(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is >= 0 and var at ? (text[..at], text[(at + 1)..]) : (text, string.Empty);
}
