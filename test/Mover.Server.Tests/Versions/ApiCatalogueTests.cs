using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.Resources;
using Mover.Core.Resources.Versions;

namespace Mover.Server.Tests.Versions;

/// <summary>The catalogue against the API definitions.</summary>
public sealed class ApiCatalogueTests
{
    private static readonly JsonNode Definitions = JsonNode.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Versions", "shapes.json")))!;

    [Theory]
    [InlineData(typeof(StorageMoverProperties), "storageMovers")]
    [InlineData(typeof(ProjectProperties), "projects")]
    [InlineData(typeof(MoverAgentProperties), "agents")]
    [InlineData(typeof(JobDefinitionProperties), "jobDefinitions")]
    [InlineData(typeof(JobRunProperties), "jobRuns")]
    [InlineData(typeof(NfsMountProperties), "NfsMount")]
    [InlineData(typeof(SmbMountProperties), "SmbMount")]
    [InlineData(typeof(BlobContainerProperties), "AzureStorageBlobContainer")]
    [InlineData(typeof(SmbFileShareProperties), "AzureStorageSmbFileShare")]
    [InlineData(typeof(NfsFileShareProperties), "AzureStorageNfsFileShare")]
    [InlineData(typeof(MultiCloudConnectorProperties), "AzureMultiCloudConnector")]
    [InlineData(typeof(S3WithHmacProperties), "S3WithHMAC")]
    public void A_type_has_the_properties_of_its_definition_in_every_version(Type type, string definition)
    {
        var names = MoverJson.Wire.Options.GetTypeInfo(type).Properties.Select(p => p.Name).Where(name => name != "endpointType").ToList();
        foreach (var version in AllTypes.Versions)
        {
            var known = Definitions[version]![definition] ?? Definitions[version]!["endpoints"]!;
            var defined = known.Deserialize<string[]>()!.Where(name => name != "endpointType");

            Assert.Equal(
                defined.Order(StringComparer.Ordinal),
                names.Where(name => ApiCatalogue.HasProperty(version, type, name)).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("2023-03-01", false)]
    [InlineData("2023-07-01-preview", true)]
    [InlineData("2023-10-01", false)]
    [InlineData("2024-07-01", true)]
    public void An_agent_that_is_being_deleted_is_shown_so_by_the_versions_that_say_it(string version, bool shows)
    {
        var hidden = ApiCatalogue.NewerValues(version, typeof(MoverAgentProperties))
            .Any(value => value is { Property: "provisioningState", Value: ProvisioningStates.Deleting });

        Assert.Equal(shows, !hidden);
    }

    [Fact]
    public void The_versions_are_those_of_the_definitions() => Assert.Equal(AllTypes.Versions, ApiCatalogue.Versions);
}
