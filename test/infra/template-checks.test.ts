import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { environments, findEnvironment } from '../../infra/environments.ts';
import { makeStacks, publicKey } from './synthesize.ts';

const cognito = { kind: 'cognito', signInPrefix: 'tidemark-test', publicKey } as const;

describe('template checks', () => {
  it.each(environments.map(({ name }) => name))('finds nothing in the stacks of "%s"', (name) => {
    expect(() => makeStacks(name, { reportAccess: cognito }).app.synth()).not.toThrow();
  });

  it('finds nothing in a report that hands out its cookies elsewhere', () => {
    const { app } = makeStacks('prod', { reportAccess: { kind: 'signed-cookies', publicKey } });
    expect(() => app.synth()).not.toThrow();
  });

  it('finds a wildcard that nobody gave a reason for', () => {
    const { app, pipeline } = makeStacks('dev');
    pipeline.functions.build.addToRolePolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
    expect(() => app.synth()).toThrow(/AwsSolutions-IAM5/);
  });

  it('names no partition, region or account in any template', () => {
    const { app } = makeStacks('prod', { reportAccess: cognito });
    const text = JSON.stringify(app.synth().stacks.map((stack) => stack.template));
    expect(text.match(/arn:aws[a-z-]*:/g)).toBeNull();
    expect(text.match(/\b(us|eu|ap|cn)-[a-z]+-\d\b/g)).toBeNull();
    expect(text.match(/"\d{12}"|:\d{12}:/g)).toBeNull();
  });

  it('serves AWS China: no Cognito, no global endpoint, a domain of its own', () => {
    const site = { domain: 'reports.example.cn', iamCertificateId: 'ASCACERTIFICATE' };
    const { app } = makeStacks('prod', {
      region: 'cn-northwest-1',
      architecture: 'x86_64',
      budgetPerMonth: { amount: 2000, currency: 'CNY' },
      reportAccess: { kind: 'signed-cookies', publicKey, site },
    });
    const templates = app.synth().stacks.map((stack) => stack.template);
    const text = JSON.stringify(templates);
    expect(text).not.toMatch(/AWS::Cognito|AWS::CloudFront::OriginAccessControl/);
    expect(text).toContain('AWS::CloudFront::CloudFrontOriginAccessIdentity');
    expect(text.match(/arn:aws[a-z-]*:/g)).toBeNull();
    expect(text.match(/https:\/\/[a-z0-9.-]*amazonaws\.com(?!\.cn)/g)).toBeNull();
    const [distribution] = templates
      .flatMap(({ Resources }) => Object.values<{ Type: string; Properties: never }>(Resources))
      .filter(({ Type }) => Type === 'AWS::CloudFront::Distribution');
    expect(distribution?.Properties).toMatchObject({
      DistributionConfig: {
        Aliases: [site.domain],
        HttpVersion: 'http2',
        ViewerCertificate: { IamCertificateId: site.iamCertificateId, SslSupportMethod: 'sni-only' },
      },
    });
  });

  it('refuses a report in China that could not be served there', () => {
    const inChina = { ...findEnvironment('prod'), region: 'cn-north-1' };
    for (const reportAccess of [cognito, { kind: 'signed-cookies', publicKey } as const]) {
      expect(() => findEnvironment('prod', [{ ...inChina, reportAccess }])).toThrow(/lies in China/);
    }
    expect(findEnvironment('prod', [inChina]).region).toBe('cn-north-1');
  });

  it('names the known environments where one is misspelt', () => {
    expect(() => findEnvironment('produktion')).toThrow(/no environment "produktion".*dev, prod, emulator/s);
  });
});
