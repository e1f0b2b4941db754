using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;

namespace Mover.Core.Tests;

/// <summary>A kind of endpoint that only this test knows: all that Mover does with it follows from its row.</summary>
public sealed record TapeProperties : StorageEndpointProperties
{
    public static readonly EndpointKind<TapeProperties> Row = new(
        "ContosoTape",
        [
            new TextProperty<TapeProperties>("library", p => p.Library) { IsRequired = true, CharsMax = 8, Casing = TextCasing.Ignored },
            new TextProperty<TapeProperties>("format", p => p.Format)
            {
                Words = ["LTO8", "LTO9"],
                NewWords = [new("LTO9", "2026-05-01", "LTO8")],
                Default = "LTO8",
                Keep = (p, format) => p with { Format = format },
            },
            new TextProperty<TapeProperties>("shelf", p => p.Shelf) { Change = PropertyChange.Always, CharsMax = 4, Since = "2026-05-01" },
            new CredentialsProperty<TapeProperties>(
                "ContosoVault", p => p.Credentials, (p, credentials) => p with { Credentials = credentials },
                new CredentialSecret("passwordUri", "--password-uri", "password", c => c.PasswordUri)),
        ])
    {
        Since = "2025-12-01",
        UsedAs = StorageEndpointKinds.Source,
        IsSourceOnly = true,
        Pairs = [EndpointPairs.To(JobTypes.OnPremToCloud, StorageEndpointTypes.AzureStorageBlobContainer)],
        Words = new("tape", "a tape library"),
        OrderedAs = (order, p) => order with { Host = p.Library },
        MountedAs = order => $"{order.Host}:/tape",
    };

    public string? Library { get; init; }

    public string? Format { get; init; }

    public string? Shelf { get; init; }

    public VaultCredentials? Credentials { get; init; }

    protected override EndpointKind Kind => Row;
}

/// <summary>A target that says itself what is copied to it.</summary>
public sealed record VaultProperties : StorageEndpointProperties
{
    public static readonly EndpointKind<VaultProperties> Row = new("ContosoArchive", [])
    {
        Since = "2026-05-01",
        UsedAs = StorageEndpointKinds.Target,
        Pairs = [EndpointPairs.From(JobTypes.OnPremToCloud, StorageEndpointTypes.NfsMount)],
        Words = new("archive", "an archive"),
    };

    protected override EndpointKind Kind => Row;
}

public sealed class EndpointKindTests
{
    private const string Mover = "/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m";
    private static readonly EndpointKinds Kinds = new([.. EndpointKinds.Known.All, TapeProperties.Row, VaultProperties.Row]);
    private static readonly RuleContext Context = new(DateTimeOffset.UnixEpoch, "t", () => Guid.Empty) { Kinds = Kinds };

    [Fact]
    public void Rules_follow_from_the_row()
    {
        var made = Put(null, new() { Library = "north", Format = "lto9", Credentials = new() { PasswordUri = "https://v/s" } });
        var wrong = Put(null, new() { EndpointKind = "Target", Format = "LTO7", Shelf = "12345", Credentials = new() { PasswordUri = "secret" } });

        Assert.True(made.Try(out var endpoint, out _));
        var kept = Assert.IsType<TapeProperties>(endpoint.Properties);
        Assert.Equal(("Source", "LTO9", "ContosoVault"), (kept.EndpointKind, kept.Format, kept.Credentials?.Type));
        Assert.Equal(
            ["properties.endpointKind", "properties.library", "properties.format", "properties.shelf", "properties.credentials.passwordUri"],
            wrong.Refusal?.Details?.Select(detail => detail.Target));
        Assert.Null(Put(endpoint, kept with { Library = "NORTH", Shelf = "b" }).Refusal);
        Assert.Equal("properties.library", Put(endpoint, kept with { Library = "south" }).Refusal?.Target);
    }

    [Theory]
    [InlineData("2025-08-01", false, false, true)]
    [InlineData("2025-12-01", true, false, true)]
    [InlineData("2026-05-01", true, true, false)]
    public void Versions_follow_from_the_row(string version, bool hasKind, bool hasShelf, bool hidesFormat)
    {
        Assert.Equal(hasKind, Kinds.HasKind(version, typeof(TapeProperties)));
        Assert.Equal(hasShelf, Kinds.HasProperty(version, typeof(TapeProperties), "shelf"));
        Assert.Equal(hidesFormat, Kinds.NewerWords(version, typeof(TapeProperties)).Any(word => word is { Value: "LTO9", ShownAs: "LTO8" }));
    }

    [Fact]
    public void A_patch_follows_from_the_row()
    {
        var stored = JsonNode.Parse("""{"properties":{"endpointType":"ContosoTape","library":"north","shelf":"a"}}""")!.AsObject();
        var problems = new Problems();
        var merged = ResourcePatch.OfEndpoints(Kinds).Merge(
            stored, JsonNode.Parse("""{"properties":{"library":"south","shelf":"b","unknown":1}}""")!.AsObject(), problems);

        Assert.Equal("properties.library", problems.Refusal?.Target);
        Assert.Equal("""{"endpointType":"ContosoTape","library":"north","shelf":"b"}""", merged["properties"]!.ToJsonString());
    }

    [Fact]
    public void Pairs_follow_from_the_row_of_either_end()
    {
        Assert.Null(Job(new TapeProperties { EndpointKind = "Source" }, new BlobContainerProperties { EndpointKind = "Target" }));
        Assert.Equal(
            "A job of type OnPremToCloud cannot copy from ContosoTape to SmbMount; its target must be of type AzureStorageBlobContainer.",
            Job(new TapeProperties { EndpointKind = "Source" }, new SmbMountProperties { EndpointKind = "Target" }));
        Assert.Null(Job(new NfsMountProperties { EndpointKind = "Source" }, new VaultProperties { EndpointKind = "Target" }));
        Assert.Contains(
            "its target must be of type AzureStorageBlobContainer or AzureStorageSmbFileShare or NfsMount or SmbMount.",
            Job(new SmbMountProperties { EndpointKind = "Source" }, new VaultProperties { EndpointKind = "Target" }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_work_order_the_mount_and_the_secrets_follow_from_the_row()
    {
        var tape = new TapeProperties { Library = "north", Credentials = new() { UsernameUri = "https://v/user", PasswordUri = "https://v/s" } };

        var order = EndpointKind.Order(tape, new() { ResourceId = "id", EndpointType = tape.EndpointType });

        Assert.Equal(("ContosoTape", "north"), (order.EndpointType, order.Host));
        Assert.Equal("north:/tape", Kinds.Find(order.EndpointType)?.MountedAs?.Invoke(order));
        Assert.Equal(["https://v/s"], EndpointKind.SecretsOf(tape));
        Assert.Null(EndpointKind.DataOf(tape));
    }

    [Fact]
    public void What_is_read_from_JSON_and_what_has_a_row_are_the_same_kinds()
    {
        var read = MoverJson.Wire.Options.GetTypeInfo(typeof(StorageEndpointProperties)).PolymorphismOptions!.DerivedTypes;

        Assert.Equal(
            EndpointKinds.Known.All.Select(kind => (kind.Type, kind.PropertiesType)).OrderBy(kind => kind.Type, StringComparer.Ordinal),
            read.Select(one => ((string)one.TypeDiscriminator!, one.DerivedType)).OrderBy(kind => kind.Item1, StringComparer.Ordinal));
        Assert.All(EndpointKinds.Known.All, kind =>
        {
            var names = MoverJson.Wire.Options.GetTypeInfo(kind.PropertiesType).Properties.Select(property => property.Name);
            Assert.Equal(
                ["description", "endpointKind", "endpointType", "provisioningState"],
                names.Except(kind.Properties.Select(property => property.Name)).Order(StringComparer.Ordinal));
        });
    }

    private static Result<StorageEndpoint> Put(StorageEndpoint? before, TapeProperties wanted)
    {
        Assert.True(ResourceId.TryParse(Mover + "/endpoints/e", out var id));
        return StorageEndpointRules.Put(id, before, new() { Properties = wanted }, Context);
    }

    private static string? Job(StorageEndpointProperties source, StorageEndpointProperties target)
    {
        Assert.True(ResourceId.TryParse(Mover + "/projects/p/jobDefinitions/j", out var id));
        var wanted = new JobDefinition { Properties = new() { CopyMode = "Mirror", SourceName = "a", TargetName = "b" } };
        return JobDefinitionRules.Put(id, null, wanted, new() { Properties = source }, new() { Properties = target }, Context).Refusal?.Message;
    }
}
