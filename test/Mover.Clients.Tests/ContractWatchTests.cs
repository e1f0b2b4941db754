using System.Net;
using System.Net.Mime;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>What holds exchanges to the definitions sees what is wrong, before the client has its answer, and changes nothing.</summary>
public sealed class ContractWatchTests : IAsyncLifetime
{
    private const string Id =
        "/subscriptions/6d482ab5-64c6-4681-bca3-30e5ad67ef26/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m1";

    private const string Mover = Id + "?api-version=2025-12-01";
    private const string Right =
        "{\"id\":\"" + Id + "\",\"name\":\"m1\",\"type\":\"microsoft.storagemover/storagemovers\",\"location\":\"eastus\","
        + "\"properties\":{\"provisioningState\":\"Succeeded\"}}";

    private const string Problem =
        "StorageMovers_Get (2025-12-01), response /properties/provisioningState: is a number, not a string.";

    private static readonly string Wrong = Right.Replace("\"Succeeded\"", "1", StringComparison.Ordinal);
    private readonly ContractFolder _contract = new();
    private readonly WebApplication _app;
    private readonly HttpClient _client = new();
    private RequestDelegate _answer = _ => Task.CompletedTask;

    public ContractWatchTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.Run(context => _answer(context));
    }

    public async Task InitializeAsync()
    {
        ContractWatch.Over(_app.Services, _contract);
        await _app.StartAsync();
        _client.BaseAddress = new(_app.Urls.First());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        _contract.Dispose();
    }

    [Fact]
    public async Task A_broken_answer_reaches_the_client_and_fails_the_test_with_operation_version_and_place()
    {
        _answer = context => WriteAsync(context, Wrong);

        var answered = await _client.GetStringAsync(Mover);
        var failure = Assert.Throws<InvalidOperationException>(_contract.AssertKept);

        Assert.Equal(Wrong, answered);
        Assert.Contains(Problem, failure.Message, StringComparison.Ordinal);
        Assert.Contains(Wrong, failure.Message, StringComparison.Ordinal);
        _contract.AssertKept();
    }

    [Fact]
    public async Task A_request_that_was_accepted_and_should_not_have_been_fails_the_test_unless_it_was_bent_on_purpose()
    {
        _answer = async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            Assert.NotEmpty(await reader.ReadToEndAsync());
            await WriteAsync(context, Right);
        };

        using var body = new StringContent("""{"location":5}""", Encoding.UTF8, MediaTypeNames.Application.Json);
        using var answer = await _client.PutAsync(Mover, body);
        var failure = Assert.Throws<InvalidOperationException>(_contract.AssertKept);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(
            "StorageMovers_CreateOrUpdate (2025-12-01), request /location: is a number, not a string.",
            failure.Message, StringComparison.Ordinal);

        _client.DefaultRequestHeaders.Add(ContractWatch.BendsContract, "yes");
        using var bent = await _client.PutAsync(Mover, body);

        _contract.AssertKept();
        Assert.Equal(2, _contract.Held);
    }

    [Fact]
    public async Task Only_what_a_definition_speaks_of_is_counted()
    {
        _answer = context => WriteAsync(context, Right);

        await _client.GetStringAsync("/subscriptions?api-version=2022-12-01");
        var afterSubscriptions = _contract.Held;
        await _client.GetStringAsync(Mover);

        Assert.Equal((0, 1), (afterSubscriptions, _contract.Held));
        Assert.Equal(["StorageMovers_Get"], _contract.OperationsOf("2025-12-01"));
        _contract.AssertKept();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_is_judged_before_its_client_has_it(bool isBegunFirst)
    {
        var isHeard = new TaskCompletionSource();
        _answer = async context =>
        {
            (context.Response.ContentType, context.Response.ContentLength) = (MediaTypeNames.Application.Json, Right.Length);
            await (isBegunFirst ? context.Response.StartAsync() : Task.CompletedTask);
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Right));
            await isHeard.Task;
        };

        await _client.GetStringAsync(Mover);
        var held = _contract.Held;
        isHeard.SetResult();

        Assert.Equal(1, held);
        _contract.AssertKept();
    }

    [Fact]
    public async Task An_answer_without_a_body_that_should_have_one_fails_the_test()
    {
        using var answer = await _client.GetAsync(Mover);
        var failure = Assert.Throws<InvalidOperationException>(_contract.AssertKept);

        Assert.Equal(0, answer.Content.Headers.ContentLength);
        Assert.Contains("header Content-Type: is '', not application/json", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_in_pieces_arrives_piece_by_piece_and_is_judged_as_a_whole()
    {
        var firstIsHere = new TaskCompletionSource();
        _answer = async context =>
        {
            context.Response.ContentType = MediaTypeNames.Application.Json;
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync(Wrong[..9]);
            await firstIsHere.Task;
            await context.Response.WriteAsync(Wrong[9..]);
        };

        using var answer = await _client.GetAsync(Mover, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var first = new char[9];
        await reader.ReadBlockAsync(first);
        firstIsHere.SetResult();
        var rest = await reader.ReadToEndAsync();
        await _app.StopAsync();
        var failure = Assert.Throws<InvalidOperationException>(_contract.AssertKept);

        Assert.Equal(Wrong, new string(first) + rest);
        Assert.Contains(Problem, failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, _contract.Held);
    }

    [Fact]
    public async Task A_request_that_its_client_gives_up_is_ended_and_not_judged()
    {
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        _answer = async context =>
        {
            context.RequestAborted.Register(ended.SetResult);
            begun.SetResult();
            await ended.Task;
        };
        using var giveUp = new CancellationTokenSource();

        var asked = _client.GetAsync(Mover, giveUp.Token);
        await begun.Task;
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await _app.StopAsync();

        Assert.True(ended.Task.IsCompletedSuccessfully);
        Assert.Equal(0, _contract.Held);
        _contract.AssertKept();
    }

    [Fact]
    public async Task An_answer_that_is_too_long_to_be_held_arrives_and_fails_the_test()
    {
        var piece = new string(' ', 1024 * 1024);
        _answer = async context =>
        {
            context.Response.ContentType = MediaTypeNames.Application.Json;
            foreach (var _ in Enumerable.Range(0, 17))
            {
                await context.Response.WriteAsync(piece);
            }
        };

        var answered = await _client.GetStringAsync(Mover);
        await _app.StopAsync();
        var failure = Assert.Throws<InvalidOperationException>(_contract.AssertKept);

        Assert.Equal(17 * piece.Length, answered.Length);
        Assert.Contains("could not be judged", failure.Message, StringComparison.Ordinal);
    }

    private static Task WriteAsync(HttpContext context, string json)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        context.Response.ContentLength = json.Length;
        return context.Response.WriteAsync(json);
    }
}
