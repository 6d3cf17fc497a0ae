/** The discovery documents. Schemas are cut down to what a client could decide by. */
import { enterpriseUser, groupUrn, userUrns } from "./scim-shapes.ts";

const docs = "https://docs.aws.amazon.com/singlesignon/latest/userguide";

export const serviceProviderConfig = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
  documentationUri: `${docs}/manage-your-identity-source-idp.html`,
  authenticationSchemes: [
    {
      type: "oauthbearertoken",
      name: "OAuth Bearer Token",
      description: "Authentication scheme using the OAuth Bearer Token Standard",
      specUri: "https://www.rfc-editor.org/info/rfc6750",
      documentationUri: `${docs}/provision-automatically.html`,
      primary: true,
    },
  ],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 1, maxPayloadSize: 1_048_576 },
  filter: { supported: true, maxResults: 50 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
};

const listUrn = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const typeUrn = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const schemaUrn = "urn:ietf:params:scim:schemas:core:2.0:Schema";

const resourceType = (id: string, endpoint: string, schema: string, extra: object = {}): object => ({
  schemas: [typeUrn],
  id,
  name: id,
  endpoint,
  schema,
  ...extra,
});

export const resourceTypes = {
  totalResults: 2,
  itemsPerPage: 2,
  startIndex: 1,
  schemas: [listUrn],
  Resources: [
    resourceType("User", "/Users", userUrns.core, {
      schemaExtensions: [{ schema: enterpriseUser, required: true }],
    }),
    resourceType("Group", "/Groups", groupUrn),
  ],
};

interface SchemaDocument {
  readonly schemas: readonly string[];
  readonly id: string;
  readonly name: string;
  readonly attributes: readonly object[];
}

const attribute = (name: string, required: boolean, mutability = "readWrite"): object => ({
  name,
  type: "string",
  multiValued: false,
  required,
  caseExact: false,
  mutability,
});

const schemaDocuments: readonly SchemaDocument[] = [
  {
    schemas: [schemaUrn],
    id: userUrns.core,
    name: "User",
    attributes: [attribute("userName", true), attribute("displayName", true)],
  },
  { schemas: [schemaUrn], id: groupUrn, name: "Group", attributes: [attribute("displayName", true)] },
  { schemas: [schemaUrn], id: enterpriseUser, name: "EnterpriseUser", attributes: [] },
];

export const schemas = {
  totalResults: schemaDocuments.length,
  itemsPerPage: schemaDocuments.length,
  startIndex: 1,
  schemas: [listUrn],
  Resources: schemaDocuments,
};
