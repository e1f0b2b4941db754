using System.Text;
using Mover.Cli.Frame;
using Mover.Cli.Transfers;
using Mover.Transfer.Contract;
using Mover.Volumes;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Tests;

/// <summary>An address means the place that it spells, or is refused: a mirror deletes there.</summary>
public sealed class LocationTests : IDisposable
{
    private const string Container = "https://acc.blob.core.windows.net/cont";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/dir#1", "dir#1")]
    [InlineData("/dir#1/", "dir#1")]
    [InlineData("/#", "#")]
    [InlineData("/dir%231", "dir#1")]
    [InlineData("/100%25", "100%")]
    [InlineData("/what%3F", "what?")]
    [InlineData("/a%2541", "a%41")]
    [InlineData("/ led by a space", " led by a space")]
    [InlineData("/ends in a space ", "ends in a space ")]
    [InlineData("/a+b&c=d;e", "a+b&c=d;e")]
    [InlineData("/%C3%BC", "ü")]
    public void A_folder_of_a_container_is_read_character_by_character(string path, string folder)
    {
        var location = Assert.IsType<BlobLocation>(Location.Parse(Container + path));

        Assert.Equal(("cont", EntryPath.Of(folder)), (location.Address.Container, location.Address.Prefix));
        Assert.Equal(location, Location.Parse(location.ToString()));
    }

    [Theory]
    [InlineData("/what?")]
    [InlineData("/what?#1")]
    [InlineData("/what?version=1")]
    [InlineData("/dir?sig=1#2")]
    [InlineData("/100%")]
    [InlineData("/100%zz")]
    [InlineData("/a%2Fb")]
    [InlineData("/a%00b")]
    [InlineData("/%FF")]
    [InlineData("/a/../b")]
    [InlineData("/a/%2e%2e/b")]
    [InlineData("/./a")]
    [InlineData("/a//b")]
    [InlineData("//a")]
    [InlineData("/a\\b")]
    [InlineData("/dir.")]
    [InlineData("/a\nb")]
    [InlineData("/\uFFFD")]
    [InlineData("#1")]
    [InlineData("%23")]
    public void What_could_mean_another_place_is_refused(string path) =>
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CliException>(() => Location.Parse(Container + path)).ExitCode);

    [Theory]
    [InlineData("https://acc.blob.core.windows.net\\cont")]
    [InlineData("https://me@acc.blob.core.windows.net/cont")]
    [InlineData("https:/acc.blob.core.windows.net/cont")]
    [InlineData("https://acc.blob.core.windows.net?sig=1")]
    [InlineData("nfs://host/export?")]
    [InlineData("nfs://host/export?what")]
    [InlineData("nfs://host/export?nfsport=a")]
    [InlineData("nfs://host/export/../other")]
    [InlineData("nfs:///export")]
    [InlineData("file://host/path")]
    [InlineData("file:///path?")]
    [InlineData("s3://bucket/path")]
    public void Text_that_is_not_an_address_is_refused(string text) =>
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CliException>(() => Location.Parse(text)).ExitCode);

    [Theory]
    [InlineData("nfs://host/export/dir#1?version=3", "/export/dir#1")]
    [InlineData("nfs://host/a%20b", "/a b")]
    [InlineData("nfs://host", "/")]
    public void An_export_is_read_character_by_character(string text, string export) =>
        Assert.Equal(("host", export), (Assert.IsType<NfsLocation>(Location.Parse(text)).Host, ((NfsLocation)Location.Parse(text)).Export));

    [Fact]
    public void A_step_up_from_a_link_is_refused()
    {
        Directory.CreateDirectory(_folder["far/away"]);
        Directory.CreateSymbolicLink(_folder["link"], _folder["far/away"]);

        Assert.Throws<CliException>(() => Location.Parse(_folder["link/../x"]));
        Assert.Throws<CliException>(() => Location.Parse(_folder["link//.."]));
        Assert.Equal(_folder["far/x"], Location.Parse(_folder["far/away/../x"]).ToString());
    }

    [Fact]
    public void Any_name_is_that_name_or_refused()
    {
        const int Seed = 20261129;
        var random = new Random(Seed);
        string[] pieces = ["#", "?", "%", "%41", "%2F", "%zz", " ", "&", "=", "sig", ":", "//", "\\", ".", "..", "/", "a", "ü", "日", "'", "\"", "\t", "+", ";", "@", "[", "~"];
        for (var round = 0; round < 5_000; round++)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => pieces[random.Next(pieces.Length)]));
            var told = $"seed {Seed}, round {round}, name '{name}'";

            // As typed: exactly what was typed, where an escape in a URL is the character that it stands for.
            AssertIs(EntryPath.Of(Decoded(name.Trim('/'))), $"{Container}/{name.Trim('/')}", told);
            if (TryParse(_folder.Path + "/" + name) is LocalLocation local)
            {
                Assert.True(local.Folder == Path.GetFullPath(_folder.Path + "/" + name), told);
            }

            // As the program prints it: the same place again.
            if (BlobContainerAddress.Of("https://acc.blob.core.windows.net", "acc", "cont", name) is { } address
                && TryParse(address.ToString()) is BlobLocation printed)
            {
                Assert.True(printed.Address.Prefix.Equals(address.Prefix), told);
            }
        }
    }

    private static void AssertIs(EntryPath expected, string text, string told)
    {
        if (TryParse(text) is BlobLocation blob)
        {
            // "?…sig=…" is a SAS: it opens nothing else.
            Assert.True(blob.Sas.Length > 0 || blob.Address.Prefix.Equals(expected), told);
        }
    }

    private static Location? TryParse(string text)
    {
        try
        {
            return Location.Parse(text);
        }
        catch (CliException)
        {
            return null;
        }
    }

    private static string Decoded(string text) => text.Replace("%41", "A", StringComparison.Ordinal);
}
