using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Resources.Versions;

namespace Mover.Core.Tests;

public sealed class ResourceTypeTests
{
    public static TheoryData<string> Names => [.. DescribedTypes.All.Select(type => type.Name)];

    [Fact]
    public void Every_record_that_describes_its_type_is_in_the_list()
    {
        var described = typeof(ResourceType).Assembly.GetTypes()
            .Select(record => record.GetProperty("Described", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)).OfType<ResourceType>();

        Assert.Equal(
            DescribedTypes.All.Select(type => type.Name).Order(StringComparer.Ordinal), described.Select(type => type.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_name_of_a_type_of_Storage_Mover_has_a_description()
    {
        var names = typeof(ResourceTypes).GetFields().Select(field => $"{field.GetRawConstantValue()}")
            .Where(name => name.StartsWith(ApiVersions.StorageMover, StringComparison.Ordinal)).ToList();

        Assert.Equal(7, names.Count);
        Assert.All(names, name => Assert.Equal(name, DescribedTypes.Find(name.ToUpperInvariant())?.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_type_has_JSON_of_its_resources_and_of_their_pages(string name)
    {
        var type = DescribedTypes.Find(name) ?? throw new KeyNotFoundException(name);
        var record = type.GetType().GetGenericArguments()[0];

        Assert.NotNull(MoverJson.Wire.GetTypeInfo(record));
        Assert.NotNull(MoverJson.Wire.GetTypeInfo(typeof(ResourceList<>).MakeGenericType(record)));
        Assert.Equal(record, Assert.IsAssignableFrom<JsonTypeInfo>(type.GetType().GetProperty("Json")?.GetValue(type)).Type);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_type_comes_behind_what_its_resources_lie_below_and_what_they_name(string name)
    {
        var type = DescribedTypes.Find(name) ?? throw new KeyNotFoundException(name);
        var before = DescribedTypes.All.TakeWhile(one => one != type).Select(one => one.Name).ToList();

        Assert.Equal(type.Parent is null ? ResourceTypes.StorageMover : $"{type.Parent.Name}/{type.Collection}", type.Name);
        Assert.All(type.References.Select(one => one.Type).Concat(type.Parent is { } above ? [above.Name] : []), one => Assert.Contains(one, before));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_properties_that_a_type_describes_are_those_of_its_record(string name)
    {
        var type = DescribedTypes.Find(name) ?? throw new KeyNotFoundException(name);
        var record = type.GetType().GetGenericArguments()[0];
        var properties = MoverJson.Wire.GetTypeInfo(record)?.Properties.First(one => one.Name == "properties").PropertyType ?? typeof(object);
        var known = record == typeof(StorageEndpoint)
            ? [.. EndpointKinds.Known.All.SelectMany(kind => kind.Properties).Select(one => one.Name), "endpointType"]
            : MoverJson.Wire.GetTypeInfo(properties)?.Properties.Select(one => one.Name).ToList() ?? [];

        Assert.All(type.AtCreation.Concat(type.References.Select(one => one.Property)), one => Assert.Contains(one, known));
    }

    [Fact]
    public void A_type_exists_from_its_version_on()
    {
        var having = ApiCatalogue.VersionsOf(ResourceTypes.Connection + "/read");

        Assert.Equal(["2025-08-01", "2025-12-01", "2026-05-01"], having);
        Assert.Equal(ApiCatalogue.Versions, ApiCatalogue.VersionsOf(ResourceTypes.JobRun + "/read"));
    }

    [Fact]
    public void A_name_follows_the_rule_of_its_type()
    {
        var mover = ResourceId.OfGroup("s", "g").Provider(ResourceTypes.StorageMover, "m");

        Assert.Null(Rules.ResourceNames.Check(mover.Child(MoverAgent.Described, ".a")));
        Assert.NotNull(Rules.ResourceNames.Check(mover.Child(Project.Described, ".a")));
        Assert.NotNull(Rules.ResourceNames.Check(mover.Child(Connection.Described, new string('c', 22))));
        Assert.Null(Rules.ResourceNames.Check(mover.Child(StorageEndpoint.Described, new string('e', 64))));
    }
}
