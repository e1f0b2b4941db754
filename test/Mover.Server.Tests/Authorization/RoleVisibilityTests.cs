using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Mover.Core.Access;

namespace Mover.Server.Tests.Authorization;

/// <summary>Who has a role in one group learns nothing of another: not its roles, and not what its lists pass over.</summary>
public sealed class RoleVisibilityTests : IAsyncLifetime
{
    private const int NonceAndTag = 28;
    private TestServer _server = null!;
    private Caller _reader = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with { PageSize = 2 });
        await _server.CreateMoverAsync("hidden1");
        await _server.CreateMoverAsync("hidden2");
        await _server.CreateMoverAsync("hidden3");
        await _server.CreateGroupAsync("g2");
        await _server.CreateAsync(_server.Mover("seen", "g2"), """{"location":"eastus"}""");
        _reader = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Reader, _reader.ObjectId, _server.Group("g2"));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_role_of_another_group_is_not_found()
    {
        var role = await MakeAsync(_server.Mover("hidden1"));

        var answer = await _reader.SendAsync(HttpMethod.Get, PathOf(_server.Group("g2"), role));

        Assert.Equal((HttpStatusCode.NotFound, "RoleDefinitionDoesNotExist"), (answer.StatusCode, await answer.ErrorCodeAsync()));
    }

    [Fact]
    public async Task A_role_is_not_at_a_scope_that_it_may_not_be_assigned_at()
    {
        var role = await MakeAsync(_server.Mover("hidden1"));

        var aside = await _server.SendAsync(HttpMethod.Get, PathOf(_server.Group("g2"), role));
        var above = await _server.SendAsync(HttpMethod.Get, PathOf($"/subscriptions/{_server.Subscription}", role));
        var below = await _server.SendAsync(HttpMethod.Get, PathOf(_server.Mover("hidden1") + "/projects/p", role));

        Assert.Equal(
            (HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.OK), (aside.StatusCode, above.StatusCode, below.StatusCode));
    }

    [Fact]
    public async Task Lists_show_the_roles_that_may_be_assigned_where_the_caller_has_one_and_of_their_scopes_no_others()
    {
        await MakeAsync(_server.Mover("hidden1"));
        var own = await MakeAsync(_server.Group("g2"));
        var shared = await MakeAsync(_server.Mover("hidden1"), _server.Group("g2"));
        var filter = Uri.EscapeDataString("atScopeAndBelow() and type eq 'CustomRole'");

        var answer = await _reader.SendAsync(
            HttpMethod.Get, PathOf($"/subscriptions/{_server.Subscription}", string.Empty).Replace("?", $"?$filter={filter}&", StringComparison.Ordinal));
        var text = await answer.Content.ReadAsStringAsync();
        var shown = JsonNode.Parse(text)!["value"]!.AsArray().Select(role => (string)role!["name"]!);

        Assert.Equal(new[] { own, shared }.Order(StringComparer.Ordinal), shown);
        Assert.DoesNotContain("hidden", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_list_continues_after_what_it_hides()
    {
        var page = await (await _reader.GetAsync(Movers)).JsonAsync();

        Assert.Equal("seen", (string?)Assert.Single(page["value"]!.AsArray())!["name"]);
        Assert.Null(page["nextLink"]);
    }

    [Theory]
    [InlineData("/providers/Microsoft.StorageMover/storageMovers?api-version=2025-12-01")]
    [InlineData("/resources?api-version=2021-04-01")]
    [InlineData("/resourceGroups?api-version=2021-04-01&$top=1")]
    [InlineData("/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01")]
    [InlineData("/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01")]
    public async Task The_place_of_the_next_page_cannot_be_read(string list)
    {
        await _server.GiveAsync(BuiltInRoles.Reader, Guid.NewGuid().ToString(), _server.Group());

        var page = await (await _server.SendAsync(HttpMethod.Get, $"/subscriptions/{_server.Subscription}{list}")).JsonAsync();

        var token = WebEncoders.Base64UrlDecode(TokenOf(page));
        Assert.Equal(NonceAndTag, token.Length % 256);
        Assert.Contains(token, b => b >= 0x80);
    }

    [Fact]
    public async Task A_token_is_good_for_its_own_list_only_and_on_every_instance()
    {
        var page = await (await _server.SendAsync(HttpMethod.Get, Movers)).JsonAsync();
        var elsewhere = $"/subscriptions/{_server.Subscription}/resources?api-version=2021-04-01&$skiptoken={TokenOf(page)}";

        var refused = await _server.SendAsync(HttpMethod.Get, elsewhere);
        await _server.RestartAsync();
        var next = await (await _server.SendAsync(HttpMethod.Get, new Uri((string)page["nextLink"]!).PathAndQuery)).JsonAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "InvalidSkipToken"), (refused.StatusCode, await refused.ErrorCodeAsync()));
        Assert.Equal(["hidden3", "seen"], next["value"]!.AsArray().Select(mover => (string?)mover!["name"]));
    }

    [Fact]
    public async Task Rights_on_a_group_whose_name_is_not_ASCII_hold_there()
    {
        const string Name = "équipe";
        await _server.CreateGroupAsync(Name);
        var (caller, group) = (await _server.NewCallerAsync(), _server.Group(Name));

        var given = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, group);
        var role = await MakeAsync(group);
        var read = await caller.SendAsync(HttpMethod.Get, TestServer.Versioned(group, "2021-04-01"));
        var assignment = await caller.SendAsync(HttpMethod.Get, Callers.Versioned(given));
        var listed = await caller.NamesAsync($"{group}/providers/Microsoft.Authorization/roleAssignments?$filter=principalId eq '{caller.ObjectId}'", "2022-04-01");
        var definition = await caller.SendAsync(HttpMethod.Get, PathOf(group, role));

        Assert.StartsWith(group, given, StringComparison.Ordinal);
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK), (read.StatusCode, assignment.StatusCode, definition.StatusCode));
        Assert.Equal([given.Split('/')[^1]], listed);
    }

    [Fact]
    public async Task Groups_whose_names_differ_by_more_than_the_case_of_ASCII_are_two()
    {
        const string KelvinSign = "\u212A";
        await _server.CreateGroupAsync(KelvinSign + "9");
        await _server.CreateGroupAsync("k9");
        var caller = await _server.NewCallerAsync();

        await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Group(KelvinSign + "9"));
        var own = await caller.SendAsync(HttpMethod.Get, TestServer.Versioned(_server.Group(KelvinSign + "9"), "2021-04-01"));
        var other = await caller.SendAsync(HttpMethod.Get, TestServer.Versioned(_server.Group("K9"), "2021-04-01"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (own.StatusCode, other.StatusCode));
    }

    private string Movers => $"/subscriptions/{_server.Subscription}/providers/Microsoft.StorageMover/storageMovers?api-version=2025-12-01";

    private static string TokenOf(JsonObject page) =>
        QueryHelpers.ParseQuery(new Uri((string)page["nextLink"]!).Query)["$skiptoken"].ToString();

    private static string PathOf(string scope, string role) =>
        Callers.Versioned($"{scope}/providers/Microsoft.Authorization/roleDefinitions/{role}".TrimEnd('/'));

    private async Task<string> MakeAsync(params string[] scopes)
    {
        var role = Guid.NewGuid().ToString();
        var answer = await _server.SendAsync(
            HttpMethod.Put, PathOf(scopes[0], role), RoleEscalationTests.RoleBody("Role " + role, "*/read", scopes));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return role;
    }
}
